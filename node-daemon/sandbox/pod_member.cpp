// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/pod_member.hpp"

#include <algorithm>
#include <csignal>
#include <format>
#include <optional>
#include <tuple>
#include <utility>

#include "common/log/log.hpp"
#include "node-daemon/sandbox/all_at_once.hpp"
#include "node-daemon/sandbox/confidential_sandbox.hpp"
#include "node-daemon/sandbox/end_container.hpp"
#include "node-daemon/sandbox/guest_watch.hpp"
#include "node-daemon/sandbox/ledger.hpp"
#include "node-daemon/sandbox/plan_sandbox.hpp"
#include "node-daemon/sandbox/run_pod_sandbox.hpp"
#include "node-daemon/sandbox/start_turn.hpp"
#include "node-daemon/sandbox/vm_pool.hpp"
#include "node-daemon/sandbox/volume_use.hpp"
#include "node-daemon/storage/volume_store.hpp"

namespace redoubt::node::sandbox {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t k_most_slots = 255; // SCSI targets beside the pod's own
constexpr auto k_remove = 20s;              // processes killed, mounts gone
constexpr auto k_guest_calls = 2s;
constexpr auto k_kill_patience = 5s;
constexpr auto k_unmount = 30s; // as of a VM with one container
constexpr auto k_reconnect = 10s;
constexpr auto k_adopt = 15s;

/// Tells the container whose process was killed for memory.
asio::awaitable<void> watch_memory(Node& node, std::shared_ptr<agent_client::AgentClient> agent) {
    for (;;) {
        const auto id = co_await agent->next_oom_event();
        if (!id) co_return;
        const auto found = node.containers.find(*id);
        if (found == node.containers.end() || !found->second->sandbox) continue;
        found->second->sandbox->out_of_memory = true;
        found->second->sandbox->changed.pulse();
    }
}

asio::awaitable<void> remove_scratch(Node& node, std::string name) {
    if (const auto removed = co_await node.volumes.remove(name); !removed)
        log::error(removed.error().message, {{"VOLUME", name}});
    else
        co_await forget(node, k_volume, name);
}

asio::awaitable<void> remove_scratches(Node& node, std::shared_ptr<Pod> pod, SandboxId sandbox) {
    for (const auto& volume : pod->spec.volumes)
        if (volume.kind == launch::PodVolumeKind::disk)
            co_await remove_scratch(node, scratch_name(sandbox, volume.name));
}

/// Before the VM is ended: whatever its containers have on volumes is written, as far as the guest answers,
/// and nobody is at that any more.
asio::awaitable<void> let_go_of_all_volumes(Node& node, std::shared_ptr<Pod> pod,
                                            std::shared_ptr<hypervisor::VirtualMachine> vm) {
    std::vector<asio::awaitable<void>> letting_go;
    for (const auto& container : members_of(node, *pod))
        if (container->sandbox && container->sandbox->vm == vm)
            letting_go.push_back(let_go_of_volumes(container, k_unmount));
    co_await all_at_once(std::move(letting_go));
}

Task<void> kill_vm(Node& node, std::shared_ptr<PodSandbox> sandbox) {
    const auto vm = sandbox->vm;
    co_await let_go_of_all_volumes(node, sandbox->pod, vm);
    auto killed = co_await vm->kill();
    if (!killed) log::error("kill VM: " + killed.error().message, {{"SANDBOX_ID", sandbox->id.str()}});
    co_return killed;
}

/// Everything of the VM. The caller holds pod->booting.
asio::awaitable<void> take_away(Node& node, std::shared_ptr<Pod> pod) {
    const auto sandbox = pod->sandbox;
    co_await let_go_of_all_volumes(node, pod, sandbox->vm);
    co_await destroy_pod_sandbox(node, sandbox);
    co_await remove_scratches(node, pod, sandbox->id);
    pod->sandbox.reset();
    pod->slots.clear();
    publish(node, *pod, "stop");
    log::info("pod stopped", {{"POD_ID", pod->record.id.str()}, {"SANDBOX_ID", sandbox->id.str()}});
}

/// The VM may end by itself; its containers see that, too.
asio::awaitable<void> watch_vm(Node& node, std::shared_ptr<Pod> pod, std::shared_ptr<PodSandbox> sandbox) {
    const auto exit = co_await sandbox->vm->wait();
    if (node.is_leaving) co_return;
    if (sandbox->end_reason.empty())
        sandbox->end_reason =
            "vm died: " + (exit ? exit->reason : exit.error().message) + console_lines(*sandbox);
    const auto turn = co_await pod->booting.lock();
    if (pod->sandbox == sandbox) co_await take_away(node, pod);
}

void watch(Node& node, const std::shared_ptr<Pod>& pod) {
    const auto& sandbox = pod->sandbox;
    sandbox->tasks.spawn(watch_memory(node, sandbox->agent));
    node.tasks.spawn(watch_vm(node, pod, sandbox));
}

Task<std::vector<std::filesystem::path>> make_scratches(Node& node, std::shared_ptr<Pod> pod,
                                                        SandboxId sandbox, AsyncUnwind& undo) {
    std::vector<std::filesystem::path> files;
    for (const auto& volume : pod->spec.volumes) {
        if (volume.kind != launch::PodVolumeKind::disk) continue;
        const auto name = scratch_name(sandbox, volume.name);
        const auto size = volume.size_bytes == 0 ? node.settings.default_volume_bytes : volume.size_bytes;
        undo.push([&node, name] { return remove_scratch(node, name); });
        RDT_CO_CHECK(co_await note(node, k_volume, name, ContainerId(pod->record.id.str())));
        auto made = co_await node.volumes.create(name, size, storage::VolumeContent::scratch);
        if (!made) co_return std::unexpected(made.error().within("volume '" + volume.name + "'"));
        files.push_back(node.volumes.file_of(name));
    }
    co_return files;
}

Task<void> boot_steps(Node& node, std::shared_ptr<Pod> pod, AsyncUnwind& undo) {
    const auto sandbox = pod->sandbox;
    RDT_CO_TRY(auto disks, co_await make_scratches(node, pod, sandbox->id, undo));
    RDT_CO_TRY(auto planned, plan_pod(node, *pod, sandbox->id, std::move(disks)));
    sandbox->facts = std::move(planned.facts);
    const auto turn = co_await take_turn(node);
    RDT_CO_CHECK(check_not_ended(*sandbox));
    co_return co_await run_sandbox(node, sandbox, ContainerId(pod->record.id.str()), std::move(planned.plan),
                                   undo);
}

/// A VM that waits, if the plan is for one like it. Where there is no plan, the boot will say why.
std::shared_ptr<WaitingVm> find_waiting(Node& node, const Pod& pod) {
    if (node.vm_pool.ready.empty()) return nullptr;
    const auto disks =
        std::ranges::count(pod.spec.volumes, launch::PodVolumeKind::disk, &launch::PodVolume::kind);
    std::vector<std::filesystem::path> places(static_cast<std::size_t>(disks), "/waiting");
    const auto planned = plan_pod(node, pod, SandboxId("waiting"), std::move(places));
    return planned ? take_waiting(node, planned->plan) : nullptr;
}

/// The caller holds pod->booting.
Task<void> boot(Node& node, std::shared_ptr<Pod> pod) {
    AsyncUnwind undo;
    pod->sandbox = make_sandbox(node, find_waiting(node, *pod), undo);
    const auto id = pod->sandbox->id;
    pod->sandbox->is_of_pod = true;
    pod->slots.clear();
    const auto booted = co_await boot_steps(node, pod, undo);
    co_await undo.finish(booted.has_value());
    if (!booted) {
        pod->sandbox->is_gone = true;
        pod->sandbox.reset();
        co_return std::unexpected(booted.error().within("pod '" + pod->record.name + "'"));
    }
    publish(node, *pod, "start");
    log::info("pod started", {{"POD_ID", pod->record.id.str()}, {"SANDBOX_ID", id.str()}});
    if (!node.is_leaving) watch(node, pod);
    co_return Status{};
}

bool is_usable(const PodSandbox& sandbox) {
    return sandbox.end_reason.empty() && !sandbox.is_closed && sandbox.vm && sandbox.agent;
}

Task<std::shared_ptr<PodSandbox>> require_vm(Node& node, std::shared_ptr<Pod> pod) {
    const auto turn = co_await pod->booting.lock();
    if (pod->sandbox && is_usable(*pod->sandbox)) co_return pod->sandbox;
    if (pod->sandbox) co_await take_away(node, pod);
    RDT_CO_CHECK(co_await boot(node, pod));
    co_return pod->sandbox;
}

Result<std::uint32_t> take_slot(Pod& pod) {
    for (std::uint32_t slot = 1; slot <= k_most_slots; ++slot)
        if (pod.slots.insert(slot).second) return slot;
    return fail(Code::resource_exhausted, "pod '{}' has {} containers; the most is {}", pod.record.name,
                pod.slots.size(), k_most_slots);
}

bool is_needed(const Node& node, const Pod& pod) {
    if (pod.holds > 0) return true;
    for (const auto& container : members_of(node, pod))
        if (container->sandbox || container->is_restarting) return true;
    return false;
}

asio::awaitable<void> join_tasks(std::shared_ptr<PodSandbox> sandbox) {
    auto settle = [](std::shared_ptr<PodSandbox> ending) -> Task<void> {
        co_await ending->tasks.join();
        co_return Status{};
    };
    if (const auto settled = co_await within(k_guest_calls, "guest calls", settle(sandbox)); !settled)
        sandbox->tasks.cancel();
    co_await sandbox->tasks.join();
}

/// False: a disk is still plugged in, and its place taken.
asio::awaitable<bool> detach_disks(std::shared_ptr<PodSandbox> sandbox) {
    const auto turn = co_await sandbox->pod->plugging.lock();
    bool is_free = true;
    for (const auto& disk : sandbox->facts.info.disks) {
        const auto detached = co_await sandbox->vm->detach_disk(disk.id);
        if (detached || detached.error().code == Code::not_found) continue;
        if (detached.error().code != Code::unavailable)
            log::warning(detached.error().message, {{"SANDBOX_ID", sandbox->id.str()}});
        is_free = false;
    }
    co_return is_free;
}

bool answers(const Error& error) {
    return error.code != Code::deadline_exceeded && error.code != Code::unavailable;
}

/// Its volumes are unmounted with it: nobody ends the VM meanwhile.
Task<void> ask_to_remove(Node& node, std::shared_ptr<PodSandbox> sandbox) {
    const auto found = node.containers.find(sandbox->member);
    const auto container = found == node.containers.end() ? nullptr : found->second;
    std::optional<AsyncMutex::Guard> turn;
    if (container) turn.emplace(co_await container->letting_go.lock());
    co_return co_await within(k_remove, "remove container",
                              sandbox->agent->remove_container(sandbox->member, k_remove));
}

asio::awaitable<void> remove_in_guest(Node& node, std::shared_ptr<PodSandbox> sandbox) {
    const auto removed = co_await ask_to_remove(node, sandbox);
    if (removed || removed.error().code != Code::deadline_exceeded) co_return;
    log::warning("the guest does not answer: its VM is killed", {{"SANDBOX_ID", sandbox->id.str()}});
    std::ignore = co_await kill_vm(node, sandbox); // logged
}

} // namespace

Task<void> enter_pod(Node& node, std::shared_ptr<Container> container, AsyncUnwind& undo) {
    const auto pod = container->pod;
    const auto sandbox = container->sandbox;
    sandbox->pod = pod;
    sandbox->member = container->record.id;
    RDT_CO_TRY(const auto host, co_await require_vm(node, pod));
    RDT_CO_TRY(sandbox->slot, take_slot(*pod));
    sandbox->id = host->id;
    sandbox->runtime_directory = host->runtime_directory;
    sandbox->vm = host->vm;
    sandbox->agent = host->agent;
    undo.push([&node, sandbox] { return leave_pod(node, sandbox); });
    co_return Status{};
}

Task<void> join_pod(Node& node, std::shared_ptr<Container> container, std::vector<launch::DiskSpec> disks) {
    const auto sandbox = container->sandbox;
    const auto host = sandbox->pod->sandbox;
    if (!host) co_return fail(Code::unavailable, "its pod's VM has ended");
    auto own = std::exchange(sandbox->facts.info.disks, {});
    sandbox->facts.info = host->facts.info;
    sandbox->facts.info.disks = std::move(own);
    RDT_CO_CHECK(co_await save_member(node, sandbox));
    const auto turn = co_await sandbox->pod->plugging.lock();
    for (auto& disk : disks) RDT_CO_CHECK(co_await sandbox->vm->attach_disk(std::move(disk)));
    co_return Status{};
}

asio::awaitable<void> leave_pod(Node& node, std::shared_ptr<PodSandbox> sandbox) {
    sandbox->is_closed = true;
    if (sandbox->agent && sandbox->vm) co_await remove_in_guest(node, sandbox);
    co_await join_tasks(sandbox);
    if (sandbox->vm && co_await detach_disks(sandbox)) {
        const auto& host = sandbox->pod->sandbox;
        if (host && host->vm == sandbox->vm) sandbox->pod->slots.erase(sandbox->slot);
    }
    sandbox->agent.reset();
    if (const auto removed = co_await node.store.remove_member(sandbox->member); !removed)
        log::error(removed.error().message, {{"CONTAINER_ID", sandbox->member.str()}});
}

Task<void> save_member(Node& node, std::shared_ptr<PodSandbox> sandbox) {
    if (sandbox->is_gone) co_return fail(Code::failed_precondition, "the container is being taken away");
    store::MemberRecord record{.container = sandbox->member,
                               .sandbox = sandbox->id,
                               .slot = sandbox->slot,
                               .facts = render_facts(sandbox->facts)};
    co_return co_await node.store.save(std::move(record));
}

Task<void> end_member_by_force(Node& node, std::shared_ptr<Container> container) {
    const auto sandbox = container->sandbox;
    const auto agent = sandbox->agent;
    if (!agent) co_return Status{}; // its start looks at end_reason before each step
    auto asked =
        co_await within(k_kill_patience, "kill", agent->signal_process(sandbox->member, {}, SIGKILL));
    if (!asked && asked.error().code == Code::not_found) co_return Status{}; // nothing runs yet, or any more
    // A guest that answers may be asked for more, as there are others in it.
    if (!asked && answers(asked.error())) asked = co_await ask_to_remove(node, sandbox);
    if (asked && co_await within(k_kill_patience, "kill", wait_until_process_ended(container)))
        co_return Status{};
    if (container->state == ContainerState::starting) co_return Status{};
    auto killed = co_await kill_vm(node, sandbox);
    co_return killed.transform_error(context("container '{}': end its VM", container->record.name));
}

Task<void> reconnect_pod(Node& node, std::shared_ptr<PodSandbox> sandbox) {
    const auto pod = sandbox->pod;
    const auto turn = co_await pod->plugging.lock();
    const auto host = pod->sandbox;
    if (!host || host->vm != sandbox->vm) co_return fail(Code::unavailable, "its pod's VM has ended");
    if (host->agent == sandbox->agent) {
        RDT_CO_TRY(auto agent, co_await node.connect_agent(host->vm->agent_socket(), k_reconnect));
        host->agent = std::move(agent);
        if (!host->is_closed) host->tasks.spawn(watch_memory(node, host->agent));
    }
    sandbox->agent = host->agent;
    co_return Status{};
}

Task<void> adopt_pod(Node& node, std::shared_ptr<Pod> pod) {
    const auto sandbox = pod->sandbox;
    hypervisor::VmRecord record;
    record.id = sandbox->id;
    record.pid = sandbox->vmm_pid;
    record.pid_start_time = sandbox->vmm_start_time;
    record.runtime_directory = sandbox->runtime_directory;
    auto vm = co_await node.hypervisor.adopt(std::move(record));
    if (vm) {
        sandbox->vm = std::move(*vm);
        serve_relay(node, *sandbox);
        auto agent = co_await node.connect_agent(sandbox->vm->agent_socket(), k_adopt);
        if (agent) {
            sandbox->agent = std::move(*agent);
            watch(node, pod);
            co_return Status{};
        }
        vm = std::unexpected(agent.error());
    } else if (const auto reaped = co_await node.hypervisor.reap(sandbox->id); !reaped) {
        log::error("reap VM: " + reaped.error().message, {{"SANDBOX_ID", sandbox->id.str()}});
    }
    sandbox->end_reason = "vm gone after a restart of the daemon: " + vm.error().message;
    co_return std::unexpected(vm.error());
}

asio::awaitable<void> release_pod(Node& node, std::shared_ptr<Pod> pod) {
    const auto turn = co_await pod->booting.lock();
    if (pod->sandbox && !node.is_leaving && !is_needed(node, *pod)) co_await take_away(node, pod);
}

asio::awaitable<void> end_pod(Node& node, std::shared_ptr<Pod> pod) {
    const auto turn = co_await pod->booting.lock();
    if (pod->sandbox && !node.is_leaving) co_await take_away(node, pod);
}

} // namespace redoubt::node::sandbox
