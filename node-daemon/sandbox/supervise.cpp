// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/supervise.hpp"

#include <algorithm>
#include <csignal>
#include <tuple>

#include "common/log/log.hpp"
#include "node-daemon/sandbox/forget_container.hpp"
#include "node-daemon/sandbox/guest_image_use.hpp"
#include "node-daemon/sandbox/guest_watch.hpp"
#include "node-daemon/sandbox/log_run.hpp"
#include "node-daemon/sandbox/pod_member.hpp"
#include "node-daemon/sandbox/probes.hpp"
#include "node-daemon/sandbox/restart_policy.hpp"
#include "node-daemon/sandbox/run_pod_sandbox.hpp"
#include "node-daemon/sandbox/volume_use.hpp"

namespace redoubt::node::sandbox {
namespace {

using namespace std::chrono_literals;
using asio::experimental::awaitable_operators::operator||;

// A client that reads nothing for so long is dropped, so that it cannot hold the container.
constexpr auto k_patience = 30s;
constexpr auto k_patience_after_end = 3s;
// After the process has ended, its streams end at once unless a child holds them.
constexpr auto k_drain = 5s;
// With the container's first process the kernel ends all others; the guest says so at once.
constexpr auto k_exec_grace = 1s;
// How long after a process was killed the guest may take to say that it was for memory.
constexpr auto k_oom_grace = 500ms;
// A guest whose link broke while its VM lives gets so long to answer again.
constexpr auto k_reconnect = 10s;
constexpr auto k_vm_end_grace = 1s;
// What a guest has not written to its volumes yet, it writes when it unmounts them.
constexpr auto k_unmount = 60s;
constexpr int k_killed = 128 + SIGKILL;

asio::awaitable<void> deliver(std::shared_ptr<Container> container, Output output) {
    const auto logged = co_await container->log.append(output.stream, output.bytes);
    if (!logged && !std::exchange(container->log_failed, true))
        log::error("log lost: " + logged.error().message, {{"CONTAINER_ID", container->record.id.str()}});
    const auto feeds = container->attached; // a copy: the list may change while a client is waited for
    for (const auto& feed : feeds) {
        const bool draining = container->sandbox && container->sandbox->is_draining;
        co_await feed->push(output, draining ? k_patience_after_end : k_patience);
    }
    std::erase_if(container->attached, [](const auto& feed) { return !feed->is_open(); });
}

asio::awaitable<void> watch_memory(std::shared_ptr<PodSandbox> sandbox,
                                   std::shared_ptr<agent_client::AgentClient> agent) {
    while (co_await agent->next_oom_event()) {
        sandbox->out_of_memory = true;
        sandbox->changed.pulse();
    }
}

/// How many bytes of a stream of the present run are in the log.
Task<std::uint64_t> logged_of_run(Node& node, std::shared_ptr<Container> container, OutputStream stream) {
    RDT_CO_TRY(const auto length, co_await container->log.length_of(stream));
    RDT_CO_TRY(auto start,
               co_await offload(node.pool, [&container] { return read_run_start(container->log.file()); }));
    co_return length - std::min(length, start.of(stream));
}

/// One stream into the log, from where the log ends.
asio::awaitable<void> log_stream(Node& node, std::shared_ptr<Container> container,
                                 std::shared_ptr<PodSandbox> sandbox, OutputStream stream) {
    auto sink = [container](Output output) { return deliver(container, std::move(output)); };
    const auto logged = co_await logged_of_run(node, container, stream);
    if (!logged) log::error("log: " + logged.error().message, {{"CONTAINER_ID", container->record.id.str()}});
    const StreamPosition position{stream, logged ? std::optional(*logged) : std::nullopt};
    co_await read_output(sandbox->agent, {container->record.id, {}}, position, sandbox->output, sink);
}

void start_reading(Node& node, const std::shared_ptr<Container>& container) {
    const auto& sandbox = container->sandbox;
    const auto read = [&](OutputStream stream) {
        ++sandbox->output->open;
        sandbox->tasks.spawn(log_stream(node, container, sandbox, stream));
    };
    read(OutputStream::standard_output);
    if (!container->spec.terminal) read(OutputStream::standard_error);
    if (!sandbox->pod) sandbox->tasks.spawn(watch_memory(sandbox, sandbox->agent));
}

/// The link is lost: the VM is ending, or the agent will answer a new one.
Task<void> reconnect(Node& node, std::shared_ptr<PodSandbox> sandbox) {
    if (sandbox->pod) co_return co_await reconnect_pod(node, std::move(sandbox));
    RDT_CO_TRY(auto agent, co_await node.connect_agent(sandbox->vm->agent_socket(), k_reconnect));
    sandbox->agent = std::move(agent);
    co_return Status{};
}

End vm_end(const PodSandbox& sandbox, const Result<hypervisor::VmExit>& exit) {
    if (!sandbox.end_reason.empty()) return {k_killed, sandbox.end_reason};
    if (exit && exit->exit_code) return {*exit->exit_code, {}}; // only its keeper has gone
    const std::string what = sandbox.facts.info.hypervisor == "qemu" ? "vm died: " : "";
    return {k_killed, what + (exit ? exit->reason : exit.error().message) + console_lines(sandbox)};
}

asio::awaitable<End> wait_for_end(Node& node, std::shared_ptr<Container> container) {
    const auto sandbox = container->sandbox;
    for (;;) {
        start_reading(node, container);
        const auto agent = sandbox->agent;
        auto outcome = co_await (agent->wait_process(container->record.id, {}) || sandbox->vm->wait());
        if (const auto* exit = std::get_if<1>(&outcome)) co_return vm_end(*sandbox, *exit);
        const auto& code = std::get<0>(outcome);
        if (code) co_return End{*code, {}};
        if (code.error().code == Code::not_found) co_return End{k_killed, "the guest has lost the container"};
        if (node.is_leaving) co_return End{};
        // Most often the link is lost because the VM is ending; that takes a moment to be noticed.
        if (const auto exit = co_await within(k_vm_end_grace, "VM", sandbox->vm->wait()))
            co_return vm_end(*sandbox, exit);
        auto again = co_await (reconnect(node, sandbox) || sandbox->vm->wait());
        if (const auto* exit = std::get_if<1>(&again)) co_return vm_end(*sandbox, *exit);
        if (const auto& status = std::get<0>(again); !status)
            co_return End{k_killed, "agent lost: " + status.error().message};
    }
}

Task<void> wait_for_memory_event(std::shared_ptr<PodSandbox> sandbox) {
    while (!sandbox->out_of_memory) co_await sandbox->changed.wait();
    co_return Status{};
}

/// A process that was killed, but not by us, may have been killed for memory.
asio::awaitable<End> explain(std::shared_ptr<Container> container, End end) {
    const auto sandbox = container->sandbox;
    if (end.exit_code != k_killed || !end.reason.empty()) co_return end;
    if (!sandbox->end_reason.empty()) { // the guest was asked first
        end.reason = sandbox->end_reason;
        co_return end;
    }
    if (container->state != ContainerState::stopping)
        std::ignore = co_await within(k_oom_grace, "memory event", wait_for_memory_event(sandbox));
    if (sandbox->out_of_memory) end.reason = "out of memory";
    co_return end;
}

/// Who ran something in the container hears how it ended, though the container did right after.
asio::awaitable<void> hear_of_execs(std::shared_ptr<PodSandbox> sandbox) {
    const auto settle = [](std::shared_ptr<PodSandbox> ending) -> Task<void> {
        while (ending->execs > 0) co_await ending->changed.wait();
        co_return Status{};
    };
    std::ignore = co_await within(k_exec_grace, "execs", settle(sandbox));
}

void record_end(Container& container, const End& end) {
    container.record.exit_code = end.exit_code;
    container.record.reason = end.reason;
    container.record.finished_at = unix_now();
    container.record.oom_killed = container.sandbox && container.sandbox->out_of_memory;
    [[maybe_unused]] const auto legal = change_state(container, ContainerState::exited);
}

void publish_end(Node& node, const Container& container) {
    if (container.record.oom_killed) publish(node, container, "oom");
    std::map<std::string, std::string> attributes{{"exit_code", std::to_string(container.record.exit_code)}};
    if (!container.record.reason.empty()) attributes.emplace("reason", container.record.reason);
    publish(node, container, "exit", std::move(attributes));
    log::info("container exited", {{"CONTAINER_ID", container.record.id.str()},
                                   {"EXIT_CODE", std::to_string(container.record.exit_code)},
                                   {"REASON", container.record.reason}});
}

} // namespace

asio::awaitable<void> supervise(Node& node, std::shared_ptr<Container> container) {
    const auto sandbox = container->sandbox;
    start_probes(node, container);
    sandbox->probes.spawn(watch_guest(node, container, sandbox));
    auto end = co_await wait_for_end(node, container);
    if (node.is_leaving) co_return;
    container->is_ready = false;
    sandbox->probes.cancel();
    co_await sandbox->probes.join();
    sandbox->is_draining = true;
    container->changed.pulse();
    co_await drain_output(sandbox->output, k_drain);
    co_await hear_of_execs(sandbox);
    end = co_await explain(container, std::move(end));
    // Who hears of the end finds everything on the volumes that the container wrote.
    co_await let_go_of_volumes(container, k_unmount);
    co_await settle_end(node, container, std::move(end));
    restart_by_policy(node, container);
    if (container->pod) co_await release_pod(node, container->pod);
}

asio::awaitable<void> settle_end(Node& node, std::shared_ptr<Container> container, End end) {
    record_end(*container, end);
    co_await save_or_log(node, container);
    publish_end(node, *container);
    if (container->sandbox) co_await destroy_pod_sandbox(node, container->sandbox);
    co_await remove_scratch(node, container);
    if (container->spec.auto_remove && !container->is_kept_at_end) co_await forget_container(node, container);
    container->sandbox.reset();
    container->changed.pulse();
    for (const auto& feed : std::exchange(container->attached, {})) feed->finish(end.exit_code);
    container->log.changed().pulse();
}

} // namespace redoubt::node::sandbox
