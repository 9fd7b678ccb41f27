// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

#include "common/base/file.hpp"
#include "node-daemon/runtime/bundle.hpp"
#include "node-daemon/runtime/host_container.hpp"
#include "node-daemon/runtime/terminal_pair.hpp"

namespace redoubt::node::runtime {
namespace {

constexpr std::size_t k_max_execs = 256;
constexpr auto k_look_again = std::chrono::milliseconds(5);

/// Exec ids become names of files.
Status check_exec_id(const std::string& id) {
    const bool is_plain = !id.empty() && id.size() <= 64 && std::ranges::all_of(id, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
               c == '_';
    });
    if (is_plain) return {};
    return fail(Code::invalid_argument, "exec id '{}' is not one", id.substr(0, 64));
}

bool is_there(const std::filesystem::path& path) {
    std::error_code error;
    return std::filesystem::exists(path, error);
}

/// The process's ends of its streams, and ours.
struct ExecStreams {
    process::StreamPair pipes;
    TerminalPair terminal;

    [[nodiscard]] ChildStreams given() const {
        if (terminal.slave) return {terminal.slave.get(), terminal.slave.get(), terminal.slave.get()};
        return {pipes.process.input.get(), pipes.process.output.get(), pipes.process.error.get()};
    }
};

Result<ExecStreams> make_exec_streams(const oci::Process& process) {
    ExecStreams streams;
    RDT_TRY(streams.pipes, process::make_streams());
    if (process.terminal) {
        RDT_TRY(streams.terminal, open_terminal(process.console_size));
    }
    return streams;
}

} // namespace

Task<void> HostContainer::exec(ContainerId id, ExecId exec, oci::Process process) {
    RDT_CO_CHECK(expect(id));
    RDT_CO_CHECK(check_exec_id(exec.str()));
    if (state_ != State::running || init_->exit_code())
        co_return fail(Code::failed_precondition, "container '{}' is not running", id);
    if (execs_.contains(exec))
        co_return fail(Code::already_exists, "process '{}' exists in container '{}'", exec, id);
    RDT_CO_CHECK(make_room_for_exec());
    RDT_CO_CHECK(resolve_process(process, spec_.root_path));
    const auto turn = co_await calls_.lock();
    co_return co_await begin_exec(std::move(exec), std::move(process));
}

/// An exec that has ended is kept for whoever asks for its exit code again, until there are too many.
Status HostContainer::make_room_for_exec() {
    if (execs_.size() < k_max_execs) return {};
    const auto ended = std::ranges::find_if(
        exec_order_, [this](const ExecId& id) { return execs_.at(id).process->exit_code().has_value(); });
    if (ended == exec_order_.end())
        return fail(Code::resource_exhausted, "container '{}' has {} processes already", id_, execs_.size());
    ::unlink(execs_.at(*ended).pid_file.c_str());
    execs_.erase(*ended);
    exec_order_.erase(ended);
    return {};
}

/// The runtime's client runs in the foreground for as long as the process: it carries the streams, and its
/// exit code is the process's.
Task<void> HostContainer::begin_exec(ExecId exec, oci::Process process) {
    RDT_CO_TRY(auto streams, make_exec_streams(process));
    RDT_CO_CHECK(write_file(command_.exec_process_file(exec.str()), render_process(process), 0600));
    forget_log();
    const auto session = process.terminal ? ChildSession::terminal : ChildSession::ours;
    RDT_CO_TRY(const pid_t child, spawn_child(command_.exec(exec.str()), streams.given(), session));
    UniqueFd handle(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
    auto made =
        std::make_shared<Process>(executor_, child, std::move(handle), std::move(streams.pipes.agent));
    reaper_.watch(child, [made](int status) { made->end(status); });
    execs_.emplace(exec, Exec{made, command_.exec_pid_file(exec.str())});
    exec_order_.push_back(exec);
    if (streams.terminal.master) RDT_CO_CHECK(made->attach_terminal(std::move(streams.terminal.master)));
    streams = {}; // the process has its own
    co_return co_await await_exec(std::move(exec));
}

/// Until the process has begun, or the runtime has failed to begin it.
Task<void> HostContainer::await_exec(ExecId exec) {
    const auto made = execs_.at(exec).process;
    const auto pid_file = execs_.at(exec).pid_file;
    co_await asio::this_coro::throw_if_cancelled(false);
    while (!is_there(pid_file) && !made->exit_code()) co_await sleep_for(k_look_again);
    ::unlink(command_.exec_process_file(exec.str()).c_str());
    if (is_there(pid_file)) co_return Status{};
    execs_.erase(exec);
    std::erase(exec_order_, exec);
    co_return std::unexpected(explain("exec"));
}

} // namespace redoubt::node::runtime
