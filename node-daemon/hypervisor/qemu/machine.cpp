// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/hypervisor/qemu/machine.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <format>
#include <tuple>
#include <utility>

#include "common/process/process_state.hpp"
#include "node-daemon/hypervisor/qemu/args.hpp"

namespace redoubt::node::hypervisor::qemu {
namespace {

using asio::experimental::awaitable_operators::operator||;

// After QEMU's end its sockets and pipe hold little that is still to be read.
constexpr Duration k_drain_limit = std::chrono::seconds(2);
constexpr Duration k_kill_limit = std::chrono::seconds(20);
constexpr Duration k_end_grace = std::chrono::milliseconds(500);
constexpr Duration k_look_again = std::chrono::seconds(1);

constexpr std::string_view k_panic_mark = "Kernel panic - not syncing";

/// The line of the console that says why the kernel panicked; empty when it did not.
std::string find_panic(const std::string& console) {
    const auto begin = console.rfind(k_panic_mark);
    if (begin == std::string::npos) return {};
    return console.substr(begin, console.find_first_of("\r\n", begin) - begin);
}

/// QEMU's complaint among the registers it dumps after it.
std::string find_complaint(const std::string& output) {
    const auto place = output.rfind("error");
    if (place == std::string::npos) return "no reason given";
    const auto before = output.rfind('\n', place);
    const auto begin = before == std::string::npos ? 0 : before + 1;
    return output.substr(begin, output.find_first_of("\r\n", place) - begin);
}

/// Returns when the process has been stopped by a signal and nobody let it go on at once.
asio::awaitable<void> wait_until_stopped(pid_t pid) {
    for (int times = 0; times < 2; times = process::is_stopped(pid) ? times + 1 : 0)
        co_await sleep_for(k_look_again);
}

} // namespace

Machine::Machine(const asio::any_io_executor& executor, VmRecord record, ProcessHandle process,
                 VmProcesses* keeper)
    : record_(std::move(record)), process_(std::move(process)), keeper_(keeper), exit_watch_(executor),
      output_stream_(executor), console_socket_(executor), device_deleted_(executor),
      agent_listens_(executor), migration_changed_(executor), stream_ended_(executor), ended_(executor) {}

void Machine::watch(TaskScope& scope, UniqueFd output) {
    exit_watch_.assign(::fcntl(process_.pidfd.get(), F_DUPFD_CLOEXEC, 0));
    if (output) {
        output_stream_.assign(output.release());
        ++open_streams_;
        scope.spawn(read_output());
    }
    scope.spawn(watch_process());
}

Task<void> Machine::connect(TaskScope& scope) {
    const auto self = shared_from_this();
    qmp_ = std::make_shared<QmpSession>(exit_watch_.get_executor(),
                                        [weak = weak_from_this()](const QmpEvent& event) {
                                            if (const auto machine = weak.lock()) machine->on_event(event);
                                        });
    RDT_CO_CHECK(qmp_->connect(record_.runtime_directory / k_qmp_socket));
    ++open_streams_;
    scope.spawn([](std::shared_ptr<Machine> machine) -> asio::awaitable<void> {
        co_await machine->qmp_->receive();
        --machine->open_streams_;
        machine->stream_ended_.pulse();
    }(self));

    boost::system::error_code error;
    const auto console = record_.runtime_directory / k_console_socket;
    console_socket_.connect(asio::local::stream_protocol::endpoint(console.native()), error);
    if (error) co_return fail(Code::unavailable, "connect to {}: {}", console.native(), error.message());
    ++open_streams_;
    scope.spawn(read_console());
    co_return co_await qmp_->negotiate(k_command_limit);
}

Task<void> Machine::resume() {
    RDT_CO_CHECK(co_await qmp_->execute("cont", {}, k_command_limit));
    co_return Status{};
}

Task<void> Machine::begin(TaskScope& scope, UniqueFd devices) {
    const auto self = shared_from_this();
    const auto first_steps = [](std::shared_ptr<Machine> machine, TaskScope& readers,
                                UniqueFd saved) -> Task<void> {
        RDT_CO_CHECK(co_await machine->connect(readers));
        if (saved) RDT_CO_CHECK(co_await machine->load_devices(std::move(saved)));
        co_return co_await machine->resume();
    };
    co_return co_await unless_it_stands_still(first_steps(self, scope, std::move(devices)));
}

Task<void> Machine::unless_it_stands_still(Task<void> step) {
    const auto self = shared_from_this();
    auto outcome = co_await (std::move(step) || wait_until_stopped(record_.pid));
    if (outcome.index() == 0) co_return std::get<0>(std::move(outcome));
    co_return fail(Code::unavailable, "the VM stands still: its process was stopped by a signal");
}

void Machine::on_event(const QmpEvent& event) {
    if (event.name == "SHUTDOWN") {
        shutdown_reason_ = string_member(event.data, "reason");
    } else if (event.name == "VSERPORT_CHANGE") {
        const auto* const open = event.data.if_contains("open");
        const bool is_open = open != nullptr && open->is_bool() && open->get_bool();
        if (is_open && string_member(event.data, "id") == k_agent_port) agent_listens_.set();
    } else if (event.name == "MIGRATION") {
        migration_status_ = string_member(event.data, "status");
        migration_changed_.pulse();
    } else if (event.name == "STOP" && shutdown_reason_.empty() && !is_being_saved_) {
        // Nobody pauses our guests: QEMU could not go on (a KVM internal error) and would wait for a debugger
        // for ever.
        is_stuck_ = true;
        kill_now();
    } else if (event.name == "DEVICE_DELETED") {
        if (auto device = string_member(event.data, "device"); !device.empty()) {
            deleted_device_ = std::move(device);
            device_deleted_.pulse();
        }
    }
}

asio::awaitable<void> Machine::read_output() {
    const auto self = shared_from_this();
    std::array<char, 4096> buffer{};
    for (;;) {
        const auto [error, count] = co_await output_stream_.async_read_some(asio::buffer(buffer), k_as_tuple);
        if (error) break;
        output_.append({buffer.data(), count});
    }
    --open_streams_;
    stream_ended_.pulse();
}

asio::awaitable<void> Machine::read_console() {
    const auto self = shared_from_this();
    std::array<char, 4096> buffer{};
    for (;;) {
        const auto [error, count] =
            co_await console_socket_.async_read_some(asio::buffer(buffer), k_as_tuple);
        if (error) break;
        console_.append({buffer.data(), count});
    }
    --open_streams_;
    stream_ended_.pulse();
}

asio::awaitable<void> Machine::watch_process() {
    const auto self = shared_from_this();
    const auto [error] =
        co_await exit_watch_.async_wait(asio::posix::stream_descriptor::wait_read, k_as_tuple);
    if (error) co_return; // the daemon stops; the VM does not
    const auto status = co_await collect_status();
    co_await drain();
    exit_ = describe_exit(status);
    disconnect();
    for (const auto* name : {k_qmp_socket, k_agent_socket, k_console_socket, launch::k_relay_socket})
        ::unlink((record_.runtime_directory / name).c_str());
    if (clean_up_) co_await clean_up_();
    ended_.set();
    migration_changed_.pulse();
}

asio::awaitable<ExitStatus> Machine::collect_status() {
    if (keeper_ == nullptr) co_return reap(process_.pidfd.get());
    // A keeper that is gone knows no more than one that was started since.
    co_return (co_await keeper_->collect(record_)).value_or(ExitStatus{});
}

/// Reads what QEMU has written before its end: the SHUTDOWN event, the kernel's last lines, the complaint.
asio::awaitable<void> Machine::drain() {
    const auto rest = [](std::shared_ptr<Machine> machine) -> Task<void> {
        while (machine->open_streams_ > 0) co_await machine->stream_ended_.wait();
        co_return Status{};
    };
    co_await within(k_drain_limit, "the rest of qemu's output", rest(shared_from_this()));
}

VmExit Machine::describe_exit(const ExitStatus& status) const {
    if (is_stuck_)
        return {.is_clean = false, .reason = "qemu could not go on: " + find_complaint(output_.text())};
    if (status.signal)
        return {.is_clean = false, .reason = std::format("qemu killed by signal {}", *status.signal)};
    if (status.code && *status.code != 0) {
        const auto complaint = output_.last_line();
        return {.is_clean = false,
                .reason = std::format("qemu exited with {}{}", *status.code,
                                      complaint.empty() ? "" : ": " + complaint)};
    }
    if (const auto panic = find_panic(console_.text()); !panic.empty())
        return {.is_clean = false, .reason = "guest kernel stopped: " + panic};
    if (shutdown_reason_ == "guest-shutdown") return {.is_clean = true, .reason = "guest shut down"};
    if (shutdown_reason_ == "guest-reset") return {.is_clean = true, .reason = "guest reset"};
    if (!shutdown_reason_.empty()) return {.is_clean = false, .reason = "qemu ended: " + shutdown_reason_};
    return {.is_clean = false, .reason = "qemu ended without saying why"};
}

void Machine::disconnect() {
    if (qmp_) qmp_->close();
    boost::system::error_code ignored;
    console_socket_.close(ignored);
    output_stream_.close(ignored);
    exit_watch_.close(ignored);
}

Error Machine::gone() const {
    return {Code::unavailable, std::format("vm {} has ended: {}", record_.id,
                                           exit_ ? exit_->reason : "control connection is lost")};
}

Task<void> Machine::wait_until_ended() {
    co_await ended_.wait();
    if (!exit_) co_return fail(Code::cancelled, "given up");
    co_return Status{};
}

Task<VmExit> Machine::wait() {
    const auto self = shared_from_this();
    RDT_CO_CHECK(co_await wait_until_ended());
    co_return *exit_;
}

void Machine::kill_now() {
    if (keeper_ != nullptr) return keeper_->kill_soon(record_.id);
    // Fails only for lack of permission, which the owner of the process has.
    std::ignore = kill_process(process_.pidfd.get());
}

Task<void> Machine::kill() {
    const auto self = shared_from_this();
    if (keeper_ != nullptr) {
        RDT_CO_CHECK(co_await keeper_->kill(record_.id));
    } else {
        RDT_CO_CHECK(kill_process(process_.pidfd.get()));
    }
    co_return co_await within(k_kill_limit, std::format("end of vm {}", record_.id), wait_until_ended());
}

Task<std::string> Machine::last_words(std::string reason) {
    const auto self = shared_from_this();
    // A link is lost a moment before the end of the process is known.
    if (co_await within(k_end_grace, "end", wait_until_ended())) co_return exit_->reason;
    RDT_CO_CHECK(co_await kill());
    if (const auto complaint = output_.last_line(); !complaint.empty()) reason += "; qemu said: " + complaint;
    co_return reason;
}

} // namespace redoubt::node::hypervisor::qemu
