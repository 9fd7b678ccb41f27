// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/runtime/host_container.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <format>
#include <string_view>
#include <utility>

#include "common/base/file.hpp"
#include "common/base/safe_open.hpp"
#include "node-daemon/runtime/memory_events.hpp"

namespace redoubt::node::runtime {
namespace {

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

Task<int> read_pid(std::filesystem::path file) {
    RDT_CO_TRY(const auto text, read_file(file));
    int pid = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
    if (error != std::errc() || pid <= 0) co_return fail(Code::internal, "{} holds no pid", file.native());
    co_return pid;
}

} // namespace

HostContainer::HostContainer(asio::any_io_executor executor, RuntimeCommand::Settings settings,
                             process::ChildReaper& reaper)
    : executor_(std::move(executor)), settings_(settings), command_(std::move(settings)), reaper_(reaper),
      mounts_(settings_.folder), memory_event_(executor_), calls_(executor_) {}

Status HostContainer::expect(const ContainerId& id) const {
    if (state_ == State::none || state_ == State::removed || id != id_)
        return fail(Code::not_found, "no container '{}'", id);
    return {};
}

Result<std::shared_ptr<Process>> HostContainer::find_process(const ContainerId& id,
                                                             const ExecId& exec) const {
    RDT_CHECK(expect(id));
    if (exec.empty() || exec.str() == id.str()) {
        if (!init_) return fail(Code::not_found, "container '{}' has no process yet", id);
        return init_;
    }
    const auto found = execs_.find(exec);
    if (found == execs_.end()) return fail(Code::not_found, "no process '{}' in container '{}'", exec, id);
    return found->second.process;
}

void HostContainer::forget_log() const {
    ::unlink(command_.log_file().c_str());
}

Error HostContainer::explain(const std::string& verb) const {
    return explain_failure(read_file(command_.log_file()).value_or(""), verb);
}

Task<ProgramOutcome> HostContainer::call(std::string verb, Arguments arguments, std::string input) {
    const auto turn = co_await calls_.lock();
    forget_log();
    RDT_CO_TRY(auto outcome, co_await run_program(reaper_, std::move(arguments), std::move(input)));
    if (!outcome.is_success()) co_return std::unexpected(explain(verb));
    co_return outcome;
}

Task<void> HostContainer::start(ContainerId id) {
    RDT_CO_CHECK(expect(id));
    if (state_ != State::created)
        co_return fail(Code::failed_precondition, "container '{}' is not waiting to be started", id);
    state_ = State::running;
    RDT_CO_CHECK(co_await call("start", command_.start()));
    co_return Status{};
}

/// The end of init, from the reaper. With it everything else in the container ends.
void HostContainer::end_init(int wait_status) {
    look_for_memory();
    init_->end(wait_status);
    // For a daemon that finds neither the container nor this monitor.
    auto ignored = write_file(settings_.folder / k_exit_file, std::format("{}\n", *init_->exit_code()));
}

void HostContainer::look_for_memory() {
    const auto kills = count_memory_kills(memory_events_);
    if (kills <= kills_for_memory_) return;
    kills_for_memory_ = kills;
    has_memory_event_ = true;
    memory_event_.pulse();
}

Task<ContainerId> HostContainer::next_out_of_memory() {
    constexpr auto k_look_again = std::chrono::seconds(1);
    while (!std::exchange(has_memory_event_, false)) {
        using namespace asio::experimental::awaitable_operators;
        co_await (memory_event_.wait() || sleep_for(k_look_again));
        if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
            co_return fail(Code::cancelled, "the caller has gone");
        if (state_ == State::running) look_for_memory();
    }
    co_return id_;
}

Task<void> HostContainer::signal(ContainerId id, ExecId exec, int number) {
    if (number < 1 || number >= NSIG) co_return fail(Code::invalid_argument, "{} is not a signal", number);
    RDT_CO_TRY(const auto target, find_process(id, exec));
    if (target->exit_code()) co_return fail(Code::not_found, "process {} has ended", target->pid());
    if (target == init_) co_return co_await signal_init(number);
    RDT_CO_TRY(const int pid, co_await read_pid(execs_.at(exec).pid_file));
    if (!command_.is_gvisor()) {
        if (::kill(pid, number) != 0)
            co_return fail_errno(errno, "send signal {} to process {}", number, pid);
        co_return Status{};
    }
    RDT_CO_CHECK(co_await call("kill", command_.kill(number, pid)));
    co_return Status{};
}

Task<void> HostContainer::signal_init(int number) {
    if (command_.is_gvisor() && number != SIGKILL) {
        RDT_CO_CHECK(co_await call("kill", command_.kill(number)));
        co_return Status{};
    }
    // The kernel drops signals that the first process of a namespace does not handle.
    if (number == SIGTERM && !handles(init_->pid(), SIGTERM)) number = SIGKILL;
    RDT_CO_CHECK(init_->signal(number));
    // A frozen process dies when it thaws.
    if (number == SIGKILL && is_paused_) std::ignore = co_await resume(id_);
    co_return Status{};
}

Task<void> HostContainer::pause(ContainerId id) {
    RDT_CO_CHECK(expect(id));
    if (is_paused_) co_return Status{};
    RDT_CO_CHECK(co_await call("pause", command_.pause()));
    is_paused_ = true;
    co_return Status{};
}

Task<void> HostContainer::resume(ContainerId id) {
    RDT_CO_CHECK(expect(id));
    if (!is_paused_) co_return Status{};
    RDT_CO_CHECK(co_await call("resume", command_.resume()));
    is_paused_ = false;
    co_return Status{};
}

Task<void> HostContainer::remove(ContainerId id, std::chrono::seconds timeout) {
    RDT_CO_CHECK(expect(id));
    if (init_ && !init_->exit_code()) {
        std::ignore = co_await signal_init(SIGKILL);
        const auto limit = timeout.count() == 0 ? std::chrono::hours(24) : Duration(timeout);
        RDT_CO_CHECK(co_await within(limit, "the container's end", init_->wait()));
    }
    if (state_ == State::removed) co_return Status{}; // somebody else, meanwhile
    state_ = State::removed;
    // The cgroup goes with it; that nothing of it is left is no error.
    std::ignore = co_await call("delete", command_.remove());
    co_return mounts_.remove_all();
}

} // namespace redoubt::node::runtime
