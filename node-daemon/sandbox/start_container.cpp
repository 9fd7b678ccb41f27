// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/start_container.hpp"

#include "common/async/async_unwind.hpp"
#include "common/log/log.hpp"
#include "node-daemon/sandbox/drain_node.hpp"
#include "node-daemon/sandbox/guest_image_use.hpp"
#include "node-daemon/sandbox/guest_watch.hpp"
#include "node-daemon/sandbox/log_run.hpp"
#include "node-daemon/sandbox/plan_sandbox.hpp"
#include "node-daemon/sandbox/pod_member.hpp"
#include "node-daemon/sandbox/run_pod_sandbox.hpp"
#include "node-daemon/sandbox/spec_json.hpp"
#include "node-daemon/sandbox/start_turn.hpp"
#include "node-daemon/sandbox/step_clock.hpp"
#include "node-daemon/sandbox/supervise.hpp"
#include "node-daemon/sandbox/use_cases.hpp"
#include "node-daemon/sandbox/vm_pool.hpp"
#include "node-daemon/sandbox/volume_use.hpp"

namespace redoubt::node::sandbox {
namespace {

// podman's exit codes when a container could not be started.
constexpr int k_start_failed = 125;
constexpr int k_not_executable = 126;
constexpr int k_command_not_found = 127;

Task<void> create_in_guest(std::shared_ptr<PodSandbox> sandbox, ContainerId id, oci::Spec spec,
                           std::vector<launch::GuestStorage> storages) {
    agent_client::ContainerSpec container;
    container.id = std::move(id);
    container.spec = std::move(spec);
    container.storages = make_storages(std::move(storages));
    co_return co_await sandbox->agent->create_container(std::move(container));
}

Task<void> start_in_guest(std::shared_ptr<Container> container) {
    const auto agent = container->sandbox->agent;
    const auto id = container->record.id;
    RDT_CO_CHECK(co_await agent->start_container(id));
    // Nobody will ever write: the process reads end of file at once. A terminal has no such end.
    if (container->spec.stdin_open || container->spec.terminal) co_return Status{};
    const auto closed = co_await agent->close_stdin(id, {});
    // A process that has ended already has no stdin to close.
    if (!closed && closed.error().code == Code::unavailable) co_return closed;
    co_return Status{};
}

Task<void> become_running(Node& node, std::shared_ptr<Container> container) {
    RDT_CO_CHECK(change_state(*container, ContainerState::running));
    container->record.started_at = unix_now();
    co_return co_await save(node, container);
}

/// The guest is up: it finds them on its bus.
Task<void> attach_volumes(std::shared_ptr<PodSandbox> sandbox, std::vector<launch::DiskSpec> disks) {
    for (auto& disk : disks) RDT_CO_CHECK(co_await sandbox->vm->attach_disk(std::move(disk)));
    co_return Status{};
}

/// From here on the log holds another run's output.
Task<void> begin_log(Node& node, std::shared_ptr<Container> container) {
    const auto output = co_await container->log.length_of(OutputStream::standard_output);
    const auto error = co_await container->log.length_of(OutputStream::standard_error);
    if (!output || !error) co_return Status{}; // who reads goes on with what the guest has
    const LogLengths lengths{.output = *output, .error = *error};
    co_return co_await offload(
        node.pool, [&container, &lengths] { return write_run_start(container->log.file(), lengths); });
}

/// A VM of the container's own. What of it was foreseen is kept, also of one that does not come up.
Task<void> launch_own(Node& node, std::shared_ptr<Container> container, launch::LaunchPlan plan,
                      AsyncUnwind& undo) {
    auto facts = container->sandbox->facts;
    const bool is_confidential = plan.vm.confidential.has_value();
    auto run = co_await run_pod_sandbox(node, container, std::move(plan), undo);
    facts.info.confidential.measurement = container->sandbox->facts.info.confidential.measurement;
    container->record.last_launch = is_confidential ? render_facts(facts) : "";
    co_return run;
}

/// The story: each step, with its undo pushed by whoever makes it.
Task<void> start_steps(Node& node, std::shared_ptr<Container> container, AsyncUnwind& undo) {
    StepClock clock;
    RDT_CO_CHECK(co_await save(node, container));
    RDT_CO_CHECK(co_await begin_log(node, container));
    clock.end("begin");
    if (container->pod) RDT_CO_CHECK(co_await enter_pod(node, container, undo));
    RDT_CO_CHECK(check_not_ended(*container->sandbox));
    RDT_CO_TRY(auto planned, plan_sandbox(node, *container, container->sandbox->id));
    const auto sandbox = container->sandbox;
    sandbox->facts = std::move(planned.facts);
    sandbox->container = std::move(planned.plan.container);
    auto storages = planned.plan.storages;
    auto volumes = planned.plan.volumes;
    RDT_CO_CHECK(co_await claim_volumes(node, container));
    RDT_CO_TRY(auto disks, find_disks(node, *container));
    RDT_CO_CHECK(co_await make_snapshots(node, std::move(disks)));
    RDT_CO_CHECK(co_await make_scratch(node, container));
    clock.end("disks");

    StartTurn turn;
    if (container->pod) {
        RDT_CO_CHECK(co_await join_pod(node, container, std::move(planned.plan.vm.disks)));
    } else {
        turn = co_await take_turn(node);
        clock.end("turn");
        RDT_CO_CHECK(check_not_ended(*sandbox));
        // What a confidential guest does next is to wait, for its broker and for its image.
        const bool is_over_soon = planned.plan.vm.confidential.has_value();
        RDT_CO_CHECK(co_await launch_own(node, container, std::move(planned.plan), undo));
        if (is_over_soon) turn.reset();
    }
    clock.end("guest");
    RDT_CO_CHECK(check_not_ended(*sandbox));
    RDT_CO_CHECK(co_await in_phase(node, sandbox, "storages", attach_volumes(sandbox, std::move(volumes))));
    auto created = create_in_guest(sandbox, container->record.id, sandbox->container, std::move(storages));
    RDT_CO_CHECK(co_await in_phase(node, sandbox, "create", std::move(created)));
    clock.end("create");
    RDT_CO_CHECK(check_not_ended(*sandbox));
    RDT_CO_CHECK(co_await in_phase(node, sandbox, "start", start_in_guest(container)));
    RDT_CO_CHECK(check_not_ended(*sandbox));
    RDT_CO_CHECK(co_await become_running(node, container));
    clock.end("start");
    log::debug("steps of a start", {{"SANDBOX_ID", sandbox->id.str()}, {"STEPS", clock.str()}});
    co_return Status{};
}

/// A VM that waits, if the plan is for one like it. Where there is no plan, the start will say why.
std::shared_ptr<WaitingVm> find_waiting(Node& node, const Container& container) {
    if (container.pod || node.vm_pool.ready.empty()) return nullptr;
    const auto planned = plan_sandbox(node, container, SandboxId("waiting"));
    return planned ? take_waiting(node, planned->plan) : nullptr;
}

End failed_end(const PodSandbox& sandbox, const Error& error) {
    if (!sandbox.end_reason.empty()) return {128 + 9, sandbox.end_reason};
    // The agent's errors of execve(2) begin so; other things may be missing, too.
    const bool is_of_exec = error.message.starts_with("exec: ") || error.message.contains(": exec: ");
    if (is_of_exec && error.code == Code::not_found) return {k_command_not_found, error.message};
    if (is_of_exec && error.code == Code::permission_denied) return {k_not_executable, error.message};
    return {k_start_failed, error.message};
}

} // namespace

Task<void> start(Node& node, std::shared_ptr<Container> container, StartedBy who) {
    if (container->is_being_removed)
        co_return fail(Code::failed_precondition, "container '{}' is being removed", container->record.name);
    if (container->sandbox)
        co_return fail(Code::failed_precondition, "container '{}' is already {}", container->record.name,
                       name_of(container->state));
    if (is_drained(node))
        co_return fail(Code::failed_precondition,
                       "the node is drained: 'redoubtctl node resume' lets containers start again");
    // The policy may have become stricter since it was made.
    RDT_CO_CHECK(launch::check_level(container->spec.level, node.settings.minimum_level,
                                     node.settings.facts.confidential));
    RDT_CO_CHECK(check_volumes_free(node, *container));
    RDT_CO_CHECK(change_state(*container, ContainerState::starting));
    container->record.reason.clear();
    if (who == StartedBy::user) {
        container->record.stopped_by_user = false;
        container->record.restart_count = 0;
    }
    AsyncUnwind undo;
    auto waiting = find_waiting(node, *container);
    container->sandbox = make_sandbox(node, std::move(waiting), undo);
    const auto sandbox = container->sandbox;
    const auto started = co_await start_steps(node, container, undo);
    co_await undo.finish(started.has_value());
    if (!started) {
        const auto end = failed_end(*sandbox, started.error());
        sandbox->is_gone = true;
        co_await settle_end(node, container, end);
        if (container->pod) co_await release_pod(node, container->pod);
        co_return std::unexpected(
            Error{started.error().code,
                  std::format("start container '{}': {}", container->record.name, end.reason)});
    }
    publish(node, *container, "start");
    log::info("container started",
              {{"CONTAINER_ID", container->record.id.str()}, {"SANDBOX_ID", sandbox->id.str()}});
    if (!node.is_leaving) node.tasks.spawn(supervise(node, container));
    co_return Status{};
}

Task<void> start_container(Node& node, std::string container) {
    RDT_CO_TRY(auto found, find_container(node, container));
    co_return co_await start(node, std::move(found));
}

} // namespace redoubt::node::sandbox
