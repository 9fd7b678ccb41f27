// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <charconv>
#include <csignal>
#include <format>
#include <string_view>
#include <utility>

#include "common/base/file.hpp"
#include "guest-image/agent/sandbox/sandbox.hpp"

namespace redoubt::guest::sandbox {

namespace {

constexpr std::size_t k_max_execs = 1024;

/// Whether process `pid` has a handler for `signal`: bit n-1 of the hex mask in its status file. Source:
/// proc(5).
bool handles(pid_t pid, int signal) {
    const auto status = read_file(std::format("/proc/{}/status", pid));
    if (!status) return true;
    constexpr std::string_view k_field = "SigCgt:\t";
    const auto place = status->find(k_field);
    if (place == std::string::npos) return true;
    std::uint64_t mask = 0;
    const char* const begin = status->data() + place + k_field.size();
    std::from_chars(begin, status->data() + status->size(), mask, 16);
    return (mask >> static_cast<unsigned>(signal - 1) & 1U) != 0;
}

} // namespace

Task<void> Sandbox::start_container(ContainerId id) {
    RDT_CO_TRY(const auto container, find(id));
    if (container->state != Container::State::created)
        co_return fail(Code::failed_precondition, "container '{}' is not waiting to be started", id);
    container->state = Container::State::running;
    RDT_CO_CHECK(container->channel->send_go());
    auto started = co_await container->channel->await_exec();
    container->channel.reset();
    co_return started;
}

Task<void> Sandbox::exec_process(ContainerId id, ExecId exec, oci::Process process) {
    RDT_CO_CHECK(check_id("exec id", exec.str()));
    RDT_CO_TRY(const auto container, find(id));
    if (container->state != Container::State::running || !container->is_alive())
        co_return fail(Code::failed_precondition, "container '{}' is not running", id);
    if (container->execs.contains(exec) || exec.str() == id.str())
        co_return fail(Code::already_exists, "process '{}' exists in container '{}'", exec, id);
    RDT_CO_CHECK(make_room_for_exec(*container));
    RDT_CO_TRY(auto streams, process::make_streams(options_.pipe_bytes));
    const auto& seccomp = container->spec.linux_part.seccomp;
    RDT_CO_TRY(auto launch,
               oci_runtime::launch_exec(
                   {.process = process,
                    .seccomp = seccomp ? &*seccomp : nullptr,
                    .init_pidfd = container->init->pidfd(),
                    .init_pid = container->init->pid(),
                    .cgroup = container->cgroup ? container->cgroup->folder() : -1,
                    .streams = {std::move(streams.process.input), std::move(streams.process.output),
                                std::move(streams.process.error)}}));
    auto made = adopt(launch, std::move(streams.agent), {});
    container->execs.emplace(exec, made);
    container->exec_order.push_back(exec);
    oci_runtime::ParentChannel channel(executor_, std::move(launch.channel));
    const auto run = [&]() -> Task<void> {
        RDT_CO_TRY(auto terminal, co_await channel.await_ready());
        if (terminal) RDT_CO_CHECK(made->attach_terminal(std::move(terminal)));
        RDT_CO_CHECK(channel.send_go());
        co_return co_await channel.await_exec();
    };
    auto started = co_await run();
    if (!started) {
        auto ignored = made->signal(SIGKILL); // it may wait for a word that never comes
        container->execs.erase(exec);
        std::erase(container->exec_order, exec);
    }
    co_return started;
}

/// An exec that has ended is kept for whoever asks for its exit code again, until there are too many.
Status Sandbox::make_room_for_exec(Container& container) const {
    if (container.execs.size() < k_max_execs) return {};
    const auto ended = std::ranges::find_if(container.exec_order, [&](const ExecId& id) {
        const auto exec = container.execs.find(id);
        return exec != container.execs.end() && exec->second->exit_code().has_value();
    });
    if (ended == container.exec_order.end())
        return fail(Code::resource_exhausted, "container '{}' has {} processes already", container.id,
                    k_max_execs);
    container.execs.erase(*ended);
    container.exec_order.erase(ended);
    return {};
}

Status Sandbox::signal_process(const ContainerId& id, const ExecId& exec, int signal) {
    if (signal < 1 || signal >= NSIG) return fail(Code::invalid_argument, "{} is not a signal", signal);
    RDT_TRY(const auto target, find_process(id, exec));
    RDT_TRY(const auto container, find(id));
    const bool is_init = target == container->init;
    if (is_init && signal == SIGTERM && !handles(target->pid(), SIGTERM)) signal = SIGKILL;
    if (is_init && signal == SIGKILL && container->cgroup) {
        RDT_CHECK(container->cgroup->kill());
        // A frozen process dies when it thaws.
        return target->exit_code() ? fail(Code::not_found, "container '{}' has ended", id)
                                   : container->cgroup->thaw();
    }
    return target->signal(signal);
}

Result<oci_runtime::CgroupUsage> Sandbox::stats(const ContainerId& id) const {
    RDT_TRY(const auto* const cgroup, cgroup_of(id));
    return cgroup->usage();
}

Status Sandbox::update_container(const ContainerId& id, const oci::Resources& resources) {
    RDT_TRY(const auto* const cgroup, cgroup_of(id));
    return cgroup->apply(resources);
}

Status Sandbox::pause_container(const ContainerId& id) {
    RDT_TRY(const auto* const cgroup, cgroup_of(id));
    return cgroup->freeze();
}

Status Sandbox::resume_container(const ContainerId& id) {
    RDT_TRY(const auto* const cgroup, cgroup_of(id));
    return cgroup->thaw();
}

} // namespace redoubt::guest::sandbox
