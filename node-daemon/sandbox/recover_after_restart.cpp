// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <set>

#include "common/log/log.hpp"
#include "node-daemon/launch/container_spec.hpp"
#include "node-daemon/launch/host_plan.hpp"
#include "node-daemon/sandbox/confidential_sandbox.hpp"
#include "node-daemon/sandbox/connect_network.hpp"
#include "node-daemon/sandbox/forget_container.hpp"
#include "node-daemon/sandbox/image_use.hpp"
#include "node-daemon/sandbox/ledger.hpp"
#include "node-daemon/sandbox/pause_container.hpp"
#include "node-daemon/sandbox/plan_sandbox.hpp"
#include "node-daemon/sandbox/pod_json.hpp"
#include "node-daemon/sandbox/pod_member.hpp"
#include "node-daemon/sandbox/restart_policy.hpp"
#include "node-daemon/sandbox/run_pod_sandbox.hpp"
#include "node-daemon/sandbox/supervise.hpp"
#include "node-daemon/sandbox/use_cases.hpp"
#include "node-daemon/storage/volume_store.hpp"

namespace redoubt::node::sandbox {
namespace {

using namespace std::chrono_literals;

// A guest that is up answers in milliseconds; one that is starved by others at the node's start, later.
constexpr auto k_reconnect = 15s;
constexpr int k_killed = 128 + 9;

Result<ContainerState> parse_state(const std::string& name) {
    using enum ContainerState;
    for (const auto state : {created, starting, running, stopping, exited})
        if (name == name_of(state)) return state;
    return fail(Code::data_loss, "state '{}' is not known", name);
}

Result<std::shared_ptr<Container>> restore_container(Node& node, store::ContainerRecord record) {
    RDT_TRY(auto spec, parse_spec(record.spec));
    RDT_TRY(auto command, parse_strings(record.command));
    RDT_TRY(const auto state, parse_state(record.state));
    auto log_file = node.container_directory(record.id) / "container.log";
    auto container = std::make_shared<Container>(node.executor, node.pool, std::move(record), std::move(spec),
                                                 std::move(log_file), node.settings.log_max_bytes);
    if (!container->record.pod.empty()) {
        const auto pod = node.pods.find(container->record.pod);
        if (pod == node.pods.end()) return fail(Code::data_loss, "no pod {}", container->record.pod);
        container->pod = pod->second;
    }
    container->command = std::move(command);
    container->state = state;
    return container;
}

Task<void> restore_volumes(Node& node) {
    RDT_CO_TRY(auto records, co_await node.store.volumes());
    for (auto& record : records) {
        auto name = record.name;
        node.volume_records.emplace(std::move(name), std::move(record));
    }
    co_return Status{};
}

Task<void> restore_pods(Node& node) {
    RDT_CO_TRY(auto records, co_await node.store.pods());
    for (auto& record : records) {
        auto spec = parse_pod_spec(record.spec);
        if (!spec) co_return std::unexpected(spec.error().within(std::format("pod {}", record.id)));
        const auto id = record.id;
        node.pods.emplace(id, std::make_shared<Pod>(node.executor, std::move(record), std::move(*spec)));
    }
    co_return Status{};
}

Task<void> restore_containers(Node& node) {
    RDT_CO_TRY(auto records, co_await node.store.containers());
    for (auto& record : records) {
        const auto id = record.id;
        auto container = restore_container(node, std::move(record));
        if (!container) co_return std::unexpected(container.error().within(std::format("container {}", id)));
        node.containers.emplace(id, std::move(*container));
    }
    co_return Status{};
}

Status give_to_owner(Node& node, const store::SandboxRecord& record, std::shared_ptr<PodSandbox> sandbox) {
    if (!record.pod.empty()) {
        const auto pod = node.pods.find(record.pod);
        if (pod == node.pods.end()) return fail(Code::data_loss, "sandbox {} has no pod", record.id);
        sandbox->is_of_pod = true;
        pod->second->sandbox = std::move(sandbox);
        return {};
    }
    const auto found = node.containers.find(record.container);
    if (found == node.containers.end()) // the schema forbids it
        return fail(Code::data_loss, "sandbox {} has no container", record.id);
    found->second->sandbox = std::move(sandbox);
    return {};
}

Task<void> restore_sandboxes(Node& node) {
    RDT_CO_TRY(auto records, co_await node.store.sandboxes());
    for (auto& record : records) {
        auto facts = parse_facts(record.facts);
        if (!facts) co_return std::unexpected(facts.error().within(std::format("sandbox {}", record.id)));
        auto sandbox = std::make_shared<PodSandbox>(node.executor, record.id, record.runtime_directory);
        sandbox->facts = std::move(*facts);
        sandbox->vmm_pid = record.vmm_pid;
        sandbox->has_network = true; // or not: then nothing is found to take away
        sandbox->vmm_start_time = record.vmm_start_time;
        RDT_CO_CHECK(give_to_owner(node, record, std::move(sandbox)));
    }
    co_return Status{};
}

/// The shares that containers have in their pods' VMs.
Task<void> restore_members(Node& node) {
    RDT_CO_TRY(auto records, co_await node.store.members());
    for (auto& record : records) {
        auto facts = parse_facts(record.facts);
        if (!facts)
            co_return std::unexpected(facts.error().within(std::format("container {}", record.container)));
        const auto found = node.containers.find(record.container);
        if (found == node.containers.end() || !found->second->pod) // the schema forbids it
            co_return fail(Code::data_loss, "{} is in no pod", record.container);
        const auto& pod = found->second->pod;
        auto sandbox = std::make_shared<PodSandbox>(node.executor, record.sandbox, "");
        sandbox->facts = std::move(*facts);
        sandbox->pod = pod;
        sandbox->member = record.container;
        sandbox->slot = record.slot;
        if (pod->sandbox && pod->sandbox->id == record.sandbox) pod->slots.insert(record.slot);
        found->second->sandbox = std::move(sandbox);
    }
    co_return Status{};
}

/// What its pod's VM has: the guest, when that has been adopted.
void join_adopted(PodSandbox& sandbox) {
    const auto& host = sandbox.pod->sandbox;
    if (!host || host->id != sandbox.id || !host->agent) return;
    sandbox.runtime_directory = host->runtime_directory;
    sandbox.vm = host->vm;
    sandbox.agent = host->agent;
}

/// Takes over the VM and finds its agent again.
Task<void> adopt(Node& node, std::shared_ptr<Container> container) {
    const auto sandbox = container->sandbox;
    const auto config = make_container_config(*container);
    RDT_CO_TRY(auto spec, launch::make_container_spec(config, sandbox->facts.image, "/"));
    // What is executed in it from now on has the limits that it has.
    if (launch::is_on_host(container->spec.level))
        launch::fit_limits(spec.process, config, most_open_files());
    sandbox->container = std::move(spec);
    if (sandbox->pod) {
        join_adopted(*sandbox);
        if (!sandbox->agent) co_return fail(Code::unavailable, "its pod's VM has ended");
        co_return Status{};
    }
    hypervisor::VmRecord record;
    record.id = sandbox->id;
    record.level = container->spec.level;
    record.pid = sandbox->vmm_pid;
    record.pid_start_time = sandbox->vmm_start_time;
    record.runtime_directory = sandbox->runtime_directory;
    RDT_CO_TRY(sandbox->vm, co_await node.hypervisor.adopt(std::move(record)));
    serve_relay(node, *sandbox);
    RDT_CO_TRY(auto agent, co_await node.connect_agent(sandbox->vm->agent_socket(), k_reconnect));
    sandbox->agent = std::move(agent);
    co_return Status{};
}

/// A VM that was not adopted is killed all the same; without its pid it is found by its name.
asio::awaitable<void> bury(Node& node, std::shared_ptr<Container> container, std::string reason) {
    log::warning("container lost", {{"CONTAINER_ID", container->record.id.str()}, {"REASON", reason}});
    if (const auto& sandbox = container->sandbox; sandbox && !sandbox->vm && !sandbox->pod) {
        if (const auto reaped = co_await node.hypervisor.reap(sandbox->id); !reaped)
            log::error("reap VM: " + reaped.error().message, {{"SANDBOX_ID", sandbox->id.str()}});
    }
    if (container->sandbox && container->sandbox->pod) join_adopted(*container->sandbox);
    End end{k_killed, std::move(reason)};
    co_await settle_end(node, std::move(container), std::move(end));
}

/// What was interrupted is ended; what ran goes on.
asio::awaitable<void> resume(Node& node, std::shared_ptr<Container> container) {
    if (container->state == ContainerState::starting)
        co_return co_await bury(node, std::move(container), "daemon restarted while starting");
    if (!container->sandbox)
        co_return co_await bury(node, std::move(container), "its VM is not known any more");
    if (const auto adopted = co_await adopt(node, container); !adopted)
        co_return co_await bury(node, std::move(container),
                                "vm gone after a restart of the daemon: " + adopted.error().message);
    // Whoever asked for the stop has been told that the daemon went away, and may ask again.
    if (container->state == ContainerState::stopping) {
        container->state = ContainerState::running;
        container->record.state = name_of(ContainerState::running);
        co_await save_or_log(node, container);
    }
    co_await renew_pause(container);
    log::info("container adopted", {{"CONTAINER_ID", container->record.id.str()}});
    node.tasks.spawn(supervise(node, container));
}

/// The end of a container was recorded, but not all of it was taken away.
asio::awaitable<void> finish_end(Node& node, std::shared_ptr<Container> container) {
    if (const auto sandbox = container->sandbox) {
        if (sandbox->pod)
            join_adopted(*sandbox);
        else if (const auto reaped = co_await node.hypervisor.reap(sandbox->id); !reaped)
            log::error("reap VM: " + reaped.error().message, {{"SANDBOX_ID", sandbox->id.str()}});
        co_await destroy_pod_sandbox(node, sandbox);
        container->sandbox.reset();
    }
    if (container->state == ContainerState::exited && container->spec.auto_remove)
        co_await forget_container(node, std::move(container));
}

asio::awaitable<void> settle(Node& node, std::shared_ptr<Container> container) {
    const bool has_ended =
        container->state == ContainerState::created || container->state == ContainerState::exited;
    if (has_ended)
        co_await finish_end(node, std::move(container));
    else
        co_await resume(node, std::move(container));
}

asio::awaitable<bool> reap_volume(Node& node, std::string name) {
    const auto removed = co_await node.volumes.remove(name);
    if (!removed) log::error(removed.error().message, {{"VOLUME", name}});
    co_return removed.has_value();
}

asio::awaitable<void> reap(Node& node, store::LedgerEntry entry) {
    log::warning("reaping what a killed daemon left", {{"RESOURCE", entry.kind + " " + entry.name}});
    bool is_gone = true;
    if (entry.kind == k_vm) {
        const auto reaped = co_await node.hypervisor.reap(SandboxId(entry.name));
        is_gone = reaped.has_value();
        if (!reaped) log::error("reap VM: " + reaped.error().message, {{"SANDBOX_ID", entry.name}});
    } else if (entry.kind == k_runtime_directory || entry.kind == k_container_directory) {
        is_gone = co_await remove_directory(node, entry.name);
    } else if (entry.kind == k_volume) {
        is_gone = co_await reap_volume(node, entry.name);
    } else if (entry.kind == k_network_attachment || entry.kind == k_network_namespace) {
        // Together and in order, whichever entry is met first; what stays is in the ledger still.
        co_return co_await disconnect_network(node, SandboxId(entry.name));
    }
    if (is_gone) co_await forget(node, entry.kind, entry.name);
}

void own_sandbox(const PodSandbox& sandbox, std::set<std::pair<std::string, std::string>>& owned) {
    owned.emplace(k_vm, sandbox.id.str());
    owned.emplace(k_runtime_directory, sandbox.runtime_directory);
    owned.emplace(k_network_namespace, sandbox.id.str());
    owned.emplace(k_network_attachment, sandbox.id.str());
}

/// Everything in the ledger that belongs to nothing.
Task<void> reap_strays(Node& node) {
    std::set<std::pair<std::string, std::string>> owned;
    for (const auto& [name, record] : node.volume_records) owned.emplace(k_volume, name);
    for (const auto& [id, pod] : node.pods) {
        if (!pod->sandbox) continue;
        own_sandbox(*pod->sandbox, owned);
        for (const auto& volume : pod->spec.volumes)
            owned.emplace(k_volume, scratch_name(pod->sandbox->id, volume.name));
    }
    for (const auto& [id, container] : node.containers) {
        owned.emplace(k_container_directory, node.container_directory(id));
        if (container->sandbox && !container->pod) own_sandbox(*container->sandbox, owned);
    }
    RDT_CO_TRY(auto entries, co_await node.store.ledger());
    for (auto& entry : entries)
        if (!owned.contains({entry.kind, entry.name})) co_await reap(node, std::move(entry));
    co_return Status{};
}

/// Attachments that nothing in the database speaks of, as after its loss.
asio::awaitable<void> collect_network_garbage(Node& node) {
    std::vector<SandboxId> living;
    for (const auto& [id, container] : node.containers)
        if (container->sandbox) living.push_back(container->sandbox->id);
    for (const auto& [id, pod] : node.pods)
        if (pod->sandbox) living.push_back(pod->sandbox->id);
    if (const auto collected = co_await node.network.collect_garbage(std::move(living)); !collected)
        log::warning("stale network attachments: " + collected.error().message);
}

/// Somebody may have changed the host's network while the VM went on.
asio::awaitable<void> check_network(Node& node, SandboxId sandbox) {
    if (const auto checked = co_await node.network.check(sandbox); !checked)
        log::warning("network is not as it was made: " + checked.error().message,
                     {{"SANDBOX_ID", sandbox.str()}});
}

asio::awaitable<void> adopt_pods(Node& node) {
    for (const auto& [id, pod] : node.pods) {
        if (!pod->sandbox) continue;
        const auto adopted = co_await adopt_pod(node, pod);
        if (!adopted) log::warning("pod lost", {{"POD_ID", id.str()}, {"REASON", adopted.error().message}});
    }
}

/// Its containers have settled: the VM that none of them needs goes.
asio::awaitable<void> settle_pod(Node& node, std::shared_ptr<Pod> pod) {
    if (pod->sandbox && !pod->sandbox->agent) co_return co_await end_pod(node, pod);
    co_await release_pod(node, std::move(pod));
}

} // namespace

Task<void> recover_after_restart(Node& node) {
    RDT_CO_CHECK(co_await restore_volumes(node));
    RDT_CO_CHECK(co_await restore_pods(node));
    RDT_CO_CHECK(co_await restore_containers(node));
    RDT_CO_CHECK(co_await restore_sandboxes(node));
    RDT_CO_CHECK(co_await restore_members(node));
    co_await adopt_pods(node);
    const auto restored = node.containers; // settling may remove some
    TaskScope settling(node.executor);
    for (const auto& [id, container] : restored) settling.spawn(settle(node, container));
    co_await settling.join();
    const auto pods = node.pods;
    for (const auto& [id, pod] : pods) co_await settle_pod(node, pod);
    RDT_CO_CHECK(co_await reap_strays(node));
    co_await collect_network_garbage(node);
    remove_stray_blobs(node);
    for (const auto& [id, container] : node.containers)
        if (container->sandbox && !container->sandbox->facts.info.interfaces.empty())
            node.tasks.spawn(check_network(node, container->sandbox->id));
    node.tasks.spawn(start_with_node(node));
    co_return Status{};
}

} // namespace redoubt::node::sandbox
