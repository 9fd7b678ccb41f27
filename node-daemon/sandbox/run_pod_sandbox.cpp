// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/run_pod_sandbox.hpp"

#include <chrono>
#include <filesystem>

#include "common/base/file.hpp"
#include "common/log/log.hpp"
#include "node-daemon/sandbox/confidential_sandbox.hpp"
#include "node-daemon/sandbox/connect_network.hpp"
#include "node-daemon/sandbox/guest_watch.hpp"
#include "node-daemon/sandbox/ledger.hpp"
#include "node-daemon/sandbox/pod_member.hpp"
#include "node-daemon/sandbox/step_clock.hpp"
#include "node-daemon/sandbox/vm_pool.hpp"

namespace redoubt::node::sandbox {

std::vector<agent_client::Storage> make_storages(std::vector<launch::GuestStorage> planned) {
    std::vector<agent_client::Storage> storages;
    storages.reserve(planned.size());
    for (auto& storage : planned)
        storages.push_back({.driver = std::move(storage.driver),
                            .driver_options = std::move(storage.driver_options),
                            .source = std::move(storage.source),
                            .fstype = std::move(storage.fstype),
                            .options = std::move(storage.options),
                            .mount_point = std::move(storage.mount_point)});
    return storages;
}

namespace {

using asio::experimental::awaitable_operators::operator&&;
using asio::experimental::awaitable_operators::operator||;
using agent_client::AgentClient;

constexpr std::size_t k_seed_bytes = 64;

store::SandboxRecord make_record(const PodSandbox& sandbox, const ContainerId& container) {
    store::SandboxRecord record;
    record.id = sandbox.id;
    if (sandbox.is_of_pod)
        record.pod = PodId(container.str());
    else
        record.container = container;
    record.runtime_directory = sandbox.runtime_directory;
    record.facts = render_facts(sandbox.facts);
    if (sandbox.vm) {
        const auto vm = sandbox.vm->record();
        record.vmm_pid = vm.pid;
        record.vmm_start_time = vm.pid_start_time;
    }
    return record;
}

Task<void> make_runtime_directory(Node& node, std::shared_ptr<PodSandbox> sandbox, ContainerId owner) {
    RDT_CO_CHECK(co_await note(node, k_runtime_directory, sandbox->runtime_directory, std::move(owner)));
    co_return co_await make_directory(node, sandbox->runtime_directory, 0700);
}

Task<void> write_initdata(Node& node, std::shared_ptr<PodSandbox> sandbox, std::string disk) {
    if (disk.empty()) co_return Status{};
    co_return co_await offload(node.pool, [file = sandbox->runtime_directory / launch::k_initdata_file,
                                           bytes = std::move(disk)] { return write_file(file, bytes); });
}

/// The VM of the pool becomes the sandbox's, if it is what is wanted still. Else it has ended, and what it
/// had is free.
Task<void> use_waiting(Node& node, std::shared_ptr<PodSandbox> sandbox, launch::VmSpec spec) {
    const auto waiting = std::exchange(sandbox->waiting, nullptr);
    if (!waiting) co_return Status{};
    bool is_ready = fits(node, *waiting, spec);
    for (const auto& disk : spec.disks) {
        if (!is_ready) break;
        const auto attached = co_await waiting->vm->attach_disk(disk);
        is_ready = attached.has_value();
    }
    if (!is_ready) {
        log::info("a VM that waited is not used", {{"SANDBOX_ID", sandbox->id.str()}});
        waiting->agent.reset();
        co_return co_await waiting->vm->kill();
    }
    sandbox->vm = waiting->vm;
    sandbox->agent = std::move(waiting->agent);
    co_return Status{};
}

Task<void> launch_vm(Node& node, std::shared_ptr<PodSandbox> sandbox, ContainerId owner,
                     launch::VmSpec spec) {
    RDT_CO_CHECK(co_await note(node, k_vm, sandbox->id.str(), owner));
    RDT_CO_CHECK(co_await use_waiting(node, sandbox, spec));
    if (!sandbox->vm) {
        RDT_CO_TRY(sandbox->vm, co_await node.hypervisor.launch(std::move(spec)));
    }
    sandbox->facts.info.is_clone = sandbox->vm->is_clone();
    auto record = make_record(*sandbox, owner);
    co_return co_await node.store.save(std::move(record));
}

/// What the guest is told when it is up.
struct GuestSetup {
    std::string hostname;
    std::vector<launch::GuestInterface> interfaces;
    std::vector<launch::GuestRoute> routes;
    std::vector<std::string> dns;
    std::vector<std::string> macs = {};               ///< of the VM's interfaces
    std::vector<agent_client::Storage> storages = {}; ///< of a pod
    std::vector<launch::PodVolume> documents = {};
};

/// A container without a VM is a process in the network's namespace.
void join_network(oci::Spec& container, const ConnectedNetwork& network) {
    for (auto& item : container.linux_part.namespaces)
        if (item.type == "network") item.path = network.network_namespace;
}

GuestSetup make_guest_setup(std::string hostname, const ConnectedNetwork& network) {
    GuestSetup setup{.hostname = std::move(hostname), .interfaces = {}, .routes = {}, .dns = network.dns};
    for (const auto& tap : network.taps) {
        if (tap.queues.empty()) continue; // the network has set it up already, in its namespace
        setup.macs.push_back(tap.interface.mac);
        setup.interfaces.push_back(tap.interface);
        setup.routes.insert(setup.routes.end(), tap.routes.begin(), tap.routes.end());
    }
    return setup;
}

Task<void> boot(Node& node, std::shared_ptr<PodSandbox> sandbox) {
    if (sandbox->agent) co_return Status{}; // of a VM that waited
    RDT_CO_TRY(sandbox->agent, co_await connect_agent(node, sandbox->vm));
    co_return Status{};
}

/// The clone of a template becomes a guest of its own.
Task<void> renew(std::shared_ptr<PodSandbox> sandbox, std::vector<std::string> macs) {
    if (!sandbox->vm->is_clone()) co_return Status{};
    agent_client::GuestRenewal renewal{
        .seed = random_bytes(k_seed_bytes), .now = std::chrono::system_clock::now(), .interfaces = {}};
    for (std::size_t i = 0; i < macs.size(); ++i)
        renewal.interfaces.push_back({.template_mac = launch::template_mac(i), .mac = macs[i]});
    auto renewed = co_await sandbox->agent->renew(std::move(renewal));
    co_return renewed.transform_error(context("renew the clone of a guest template"));
}

/// What is said first to a guest that is up.
Task<void> shake_hands(Node& node, std::shared_ptr<PodSandbox> sandbox, ContainerId owner, GuestSetup setup) {
    RDT_CO_CHECK(co_await renew(sandbox, std::move(setup.macs)));
    RDT_CO_TRY(auto details, co_await sandbox->agent->guest_details());
    sandbox->facts.info.guest_kernel = std::move(details.kernel_release);
    sandbox->facts.info.agent_version = std::move(details.agent_version);
    if (!setup.interfaces.empty()) {
        auto configured = co_await configure_guest_network(sandbox->agent, std::move(setup.interfaces),
                                                           std::move(setup.routes));
        if (!configured)
            co_return std::unexpected(configured.error().within("configure the guest's network"));
    }
    agent_client::SandboxSpec spec;
    spec.id = sandbox->id;
    spec.hostname = std::move(setup.hostname);
    spec.dns = std::move(setup.dns);
    spec.storages = std::move(setup.storages);
    RDT_CO_CHECK(co_await sandbox->agent->create_sandbox(std::move(spec)));
    for (auto& document : setup.documents)
        RDT_CO_CHECK(co_await sandbox->agent->put_document(document.name, std::move(document.files)));
    auto record = make_record(*sandbox, owner);
    co_return co_await node.store.save(std::move(record));
}

Task<void> set_up_guest(Node& node, std::shared_ptr<PodSandbox> sandbox, ContainerId owner, GuestSetup setup,
                        StepClock& clock) {
    RDT_CO_CHECK(co_await in_phase(node, sandbox, "boot", boot(node, sandbox)));
    clock.end("boot");
    auto handshake = shake_hands(node, sandbox, std::move(owner), std::move(setup));
    RDT_CO_CHECK(co_await in_phase(node, sandbox, "handshake", std::move(handshake)));
    clock.end("handshake");
    co_return Status{};
}

// ---- what takes each step back; none of it needs the guest, all of it may be repeated

asio::awaitable<void> end_vm(Node& node, std::shared_ptr<PodSandbox> sandbox) {
    sandbox->is_closed = true;
    Status killed;
    if (sandbox->vm) killed = co_await sandbox->vm->kill();
    // With the VM its link is gone, so everything that waits for the guest ends by itself.
    constexpr auto k_grace = std::chrono::seconds(5);
    // Not join(), which nothing ends: a VM that cannot be killed keeps its link.
    auto settle = [](std::shared_ptr<PodSandbox> ending) -> Task<void> {
        while (ending->tasks.size() > 0) co_await sleep_for(std::chrono::milliseconds(5));
        co_return Status{};
    };
    if (const auto settled = co_await within(k_grace, "guest calls", settle(sandbox)); !settled)
        sandbox->tasks.cancel();
    co_await sandbox->tasks.join();
    sandbox->agent.reset();
    if (killed)
        co_await forget(node, k_vm, sandbox->id.str());
    else
        log::error("VM does not end: " + killed.error().message, {{"SANDBOX_ID", sandbox->id.str()}});
}

asio::awaitable<void> remove_runtime_directory(Node& node, std::shared_ptr<PodSandbox> sandbox) {
    if (co_await remove_directory(node, sandbox->runtime_directory))
        co_await forget(node, k_runtime_directory, sandbox->runtime_directory);
}

asio::awaitable<void> remove_record(Node& node, std::shared_ptr<PodSandbox> sandbox) {
    if (const auto removed = co_await node.store.remove(sandbox->id); !removed)
        log::error(removed.error().message, {{"SANDBOX_ID", sandbox->id.str()}});
}

} // namespace

Task<std::unique_ptr<AgentClient>> connect_agent(Node& node, std::shared_ptr<hypervisor::VirtualMachine> vm) {
    auto outcome =
        co_await (node.connect_agent(vm->agent_socket(), node.settings.boot_timeout) || vm->wait());
    if (auto* end = std::get_if<1>(&outcome))
        co_return fail(Code::unavailable, "the VM ended while it booted: {}",
                       *end ? end->value().reason : end->error().message);
    co_return std::move(std::get<0>(outcome));
}

Status check_not_ended(const PodSandbox& sandbox) {
    if (sandbox.end_reason.empty()) return {};
    return fail(Code::aborted, "{}", sandbox.end_reason);
}

std::shared_ptr<PodSandbox> make_sandbox(Node& node, std::shared_ptr<WaitingVm> waiting, AsyncUnwind& undo) {
    const auto id = waiting ? waiting->id : SandboxId(random_hex(8));
    auto sandbox = std::make_shared<PodSandbox>(node.executor, id, node.sandbox_directory(id));
    if (waiting) undo.push([&node, waiting] { return put_away(node, waiting); });
    sandbox->waiting = std::move(waiting);
    return sandbox;
}

Task<void> run_pod_sandbox(Node& node, std::shared_ptr<Container> container, launch::LaunchPlan plan,
                           AsyncUnwind& undo) {
    co_return co_await run_sandbox(node, container->sandbox, container->record.id, std::move(plan), undo);
}

Task<void> run_sandbox(Node& node, std::shared_ptr<PodSandbox> sandbox, ContainerId owner,
                       launch::LaunchPlan plan, AsyncUnwind& undo) {
    StepClock clock;
    undo.push([&node, sandbox] { return remove_record(node, sandbox); });
    auto record = make_record(*sandbox, owner);
    RDT_CO_CHECK(co_await node.store.save(std::move(record)));

    undo.push([&node, sandbox] { return remove_runtime_directory(node, sandbox); });
    RDT_CO_CHECK(co_await make_runtime_directory(node, sandbox, owner));
    clock.end("folder");

    RDT_CO_CHECK(check_not_ended(*sandbox));
    // Beside each other: files are hashed while plug-ins work.
    RDT_CO_TRY(auto network, co_await (connect_network(node, sandbox, owner, std::move(plan.network), undo) &&
                                       foresee_measurement(node, sandbox, plan.vm)));
    clock.end("network");
    plan.vm.networks = make_devices(network);
    join_network(sandbox->container, network);
    auto setup = make_guest_setup(std::move(plan.hostname), network);
    if (sandbox->is_of_pod) setup.storages = make_storages(std::move(plan.storages));
    setup.documents = std::move(plan.documents);

    RDT_CO_CHECK(check_not_ended(*sandbox));
    undo.push([&node, sandbox] { return end_vm(node, sandbox); });
    RDT_CO_CHECK(co_await write_initdata(node, sandbox, std::move(plan.initdata_disk)));
    auto shape = plan.vm;
    const bool is_expected = plan.may_have_waited;
    RDT_CO_CHECK(co_await launch_vm(node, sandbox, owner, std::move(plan.vm)));
    network.taps.clear(); // the VM has its own
    serve_relay(node, *sandbox);
    clock.end("launch");

    RDT_CO_CHECK(check_not_ended(*sandbox));
    RDT_CO_CHECK(co_await set_up_guest(node, sandbox, owner, std::move(setup), clock));
    log::debug("a guest is ready", {{"SANDBOX_ID", sandbox->id.str()}, {"STEPS", clock.str()}});
    if (is_expected && sandbox->facts.info.is_clone) expect_another(node, std::move(shape));
    co_return Status{};
}

Task<void> save_sandbox(Node& node, std::shared_ptr<PodSandbox> sandbox, ContainerId owner) {
    if (sandbox->pod) co_return co_await save_member(node, std::move(sandbox));
    // Calls to the store are done in order: a row written from here on is removed by the one who takes away.
    if (sandbox->is_gone) co_return fail(Code::failed_precondition, "the container's VM is being taken away");
    auto record = make_record(*sandbox, owner);
    co_return co_await node.store.save(std::move(record));
}

asio::awaitable<void> destroy_pod_sandbox(Node& node, std::shared_ptr<PodSandbox> sandbox) {
    if (std::exchange(sandbox->is_gone, true)) co_return;
    if (sandbox->pod) co_return co_await leave_pod(node, sandbox);
    // Beside each other: plug-ins and the end of a process take as long as one another, and neither needs the
    // other.
    if (sandbox->has_network)
        co_await (end_vm(node, sandbox) && disconnect_network(node, sandbox->id));
    else
        co_await end_vm(node, sandbox);
    co_await remove_runtime_directory(node, sandbox);
    co_await remove_record(node, sandbox);
}

} // namespace redoubt::node::sandbox
