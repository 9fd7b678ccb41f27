// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/hypervisor/monitor/monitor_engine.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <format>
#include <optional>
#include <utility>
#include <vector>

#include "common/async/event.hpp"
#include "common/base/file.hpp"
#include "common/base/unix_address.hpp"
#include "node-daemon/hypervisor/monitor/monitor_process.hpp"
#include "node-daemon/launch/host_plan.hpp"

namespace redoubt::node::hypervisor::monitor {
namespace {

constexpr Duration k_end_limit = std::chrono::seconds(20);
constexpr Duration k_reap_pause = std::chrono::milliseconds(20);
constexpr auto k_socket = "agent.sock";
constexpr auto k_output = "monitor.log";
constexpr auto k_exit_file = "exit-code"; ///< written by the monitor: node-daemon/runtime/host_container.hpp
constexpr std::size_t k_tail = 4096;

std::optional<int> read_exit_code(const std::filesystem::path& folder) {
    const auto text = read_file(folder / k_exit_file);
    if (!text) return std::nullopt;
    int code = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), code);
    return error == std::errc() && *end == '\n' ? std::optional(code) : std::nullopt;
}

/// A monitor as the sandbox's machine. Shared by its handle and by the coroutine that watches it.
class Monitor : public std::enable_shared_from_this<Monitor> {
  public:
    Monitor(const asio::any_io_executor& executor, VmRecord record, MonitorProcess process)
        : record_(std::move(record)), process_(std::move(process)), watch_(executor), ended_(executor) {}

    void watch(TaskScope& scope) { scope.spawn(wait_for_process(shared_from_this())); }

    [[nodiscard]] const VmRecord& record() const { return record_; }
    [[nodiscard]] std::string output() const {
        auto text = read_file(record_.runtime_directory / k_output).value_or("");
        if (text.size() > k_tail) text.erase(0, text.size() - k_tail);
        return text;
    }

    Task<VmExit> wait() {
        while (!ended_.is_set()) {
            co_await ended_.wait();
            if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
                co_return fail(Code::cancelled, "wait for monitor of {}: cancelled", record_.id);
        }
        co_return exit_;
    }

    Task<void> kill() {
        if (!ended_.is_set()) {
            thaw_cgroups(launch::cgroup_of(record_.id));
            RDT_CO_CHECK(kill_monitor(process_));
            RDT_CO_CHECK(co_await within(k_end_limit, std::format("end of monitor {}", record_.pid),
                                         wait_until_ended(shared_from_this())));
        }
        remove_cgroups(launch::cgroup_of(record_.id));
        co_return Status{};
    }

  private:
    static Task<void> wait_until_ended(std::shared_ptr<Monitor> self) {
        RDT_CO_CHECK(co_await self->wait());
        co_return Status{};
    }

    static asio::awaitable<void> wait_for_process(std::shared_ptr<Monitor> self) {
        self->watch_.assign(::fcntl(self->process_.handle.get(), F_DUPFD_CLOEXEC, 0));
        const auto [error] =
            co_await self->watch_.async_wait(asio::posix::descriptor_base::wait_read, k_as_tuple);
        if (error) co_return; // the daemon leaves
        const auto how = collect_monitor(self->process_);
        self->exit_.reason = "its monitor " + (how.empty() ? std::string("has ended") : "was " + how);
        self->exit_.exit_code = read_exit_code(self->record_.runtime_directory);
        self->ended_.set();
    }

    VmRecord record_;
    MonitorProcess process_;
    asio::posix::stream_descriptor watch_;
    AsyncEvent ended_;
    VmExit exit_;
};

class MonitorMachine final : public VirtualMachine {
  public:
    explicit MonitorMachine(std::shared_ptr<Monitor> monitor) : monitor_(std::move(monitor)) {}

    [[nodiscard]] VmRecord record() const override { return monitor_->record(); }
    [[nodiscard]] std::filesystem::path agent_socket() const override {
        return monitor_->record().runtime_directory / k_socket;
    }
    [[nodiscard]] std::string console_tail() const override { return monitor_->output(); }
    // Disks are mounted by the monitor, as storages of its container.
    Task<void> attach_disk(launch::DiskSpec disk) override {
        co_return fail(Code::unimplemented, "disk {}: there is no VM to plug it into", disk.id);
    }
    Task<void> detach_disk(std::string disk_id) override {
        co_return fail(Code::unimplemented, "disk {}: there is no VM to unplug it from", disk_id);
    }
    /// The monitor looks at the file when the filesystem on it is to grow.
    Task<void> resize_disk(std::string, std::uint64_t) override { co_return Status{}; }
    Task<VmExit> wait() override { return monitor_->wait(); }
    Task<void> kill() override { return monitor_->kill(); }

  private:
    std::shared_ptr<Monitor> monitor_;
};

Result<UniqueFd> listen_on(const std::filesystem::path& path) {
    RDT_TRY(const auto address, unix_address(path));
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ::unlink(path.c_str());
    if (!fd || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || // NOLINT
        ::chmod(path.c_str(), 0600) != 0 || ::listen(fd.get(), 4) != 0)
        return fail_errno(errno, "listen on {}", path.native());
    return fd;
}

Status check_program(launch::IsolationLevel level, const std::filesystem::path& program) {
    if (::access(program.c_str(), X_OK) == 0) return {};
    return fail(Code::failed_precondition, "runtime '{}': {}: {}; install it, or set runtime.{}",
                launch::name_of(level), program.native(), text_of_errno(errno),
                level == launch::IsolationLevel::runc ? "runc" : "runsc");
}

Result<MonitorProcess> start(const MonitorSettings& settings, const launch::VmSpec& spec) {
    const bool is_runc = spec.level == launch::IsolationLevel::runc;
    const auto& program = is_runc ? settings.runc : settings.runsc;
    RDT_CHECK(check_program(spec.level, program));
    const auto& folder = spec.runtime_directory;
    RDT_TRY(const auto listener, listen_on(folder / k_socket));
    MonitorStart start{.arguments = {settings.monitor.native(), spec.id.str(), "--level",
                                     std::string(launch::name_of(spec.level)), "--program", program.native(),
                                     "--folder", folder.native()},
                       .listener = listener.get(),
                       .output = folder / k_output};
    if (!is_runc) start.arguments.insert(start.arguments.end(), {"--platform", settings.gvisor_platform});
    return start_monitor(start);
}

} // namespace

MonitorEngine::MonitorEngine(const asio::any_io_executor& executor, MonitorSettings settings)
    : executor_(executor), settings_(std::move(settings)), watchers_(executor) {}

Task<std::string> MonitorEngine::version() {
    co_return fail(Code::unimplemented, "levels without a VM have several programs");
}

Task<std::unique_ptr<VirtualMachine>> MonitorEngine::launch(launch::VmSpec spec) {
    if (!settings_.is_allowed)
        co_return fail(Code::failed_precondition,
                       "runtime '{}': redoubtd would have to be root: install levels.conf of redoubt-node's "
                       "examples as a drop-in of redoubtd.service",
                       launch::name_of(spec.level));
    auto process = start(settings_, spec);
    if (!process) co_return std::unexpected(process.error().within("start monitor"));
    VmRecord record{.id = spec.id,
                    .level = spec.level,
                    .pid = process->pid,
                    .pid_start_time = process->start_time,
                    .runtime_directory = spec.runtime_directory};
    const auto monitor = std::make_shared<Monitor>(executor_, std::move(record), *std::move(process));
    monitor->watch(watchers_);
    co_return std::make_unique<MonitorMachine>(monitor);
}

Task<std::unique_ptr<VirtualMachine>> MonitorEngine::adopt(VmRecord record) {
    auto process = open_monitor(record.pid, record.pid_start_time);
    if (!process)
        co_return std::unexpected(process.error().within(std::format("adopt monitor of {}", record.id)));
    const auto monitor = std::make_shared<Monitor>(executor_, std::move(record), *std::move(process));
    monitor->watch(watchers_);
    co_return std::make_unique<MonitorMachine>(monitor);
}

Task<void> MonitorEngine::reap(SandboxId id) {
    const auto deadline = Clock::now() + k_end_limit;
    thaw_cgroups(launch::cgroup_of(id));
    while (kill_monitors(id.str()) > 0) {
        if (Clock::now() > deadline)
            co_return fail(Code::deadline_exceeded, "monitor of {} does not end", id);
        co_await sleep_for(k_reap_pause);
    }
    // A monitor that ends is not recognized any more while those in its namespace are still ending.
    while (!remove_cgroups(launch::cgroup_of(id))) {
        if (Clock::now() > deadline)
            co_return fail(Code::deadline_exceeded, "control groups of {} are still in use", id);
        co_await sleep_for(k_reap_pause);
    }
    co_return Status{};
}

asio::awaitable<void> MonitorEngine::close() {
    watchers_.cancel();
    co_await watchers_.join();
}

Task<std::unique_ptr<VirtualMachine>> LevelHypervisor::launch(launch::VmSpec spec) {
    auto& engine = engine_of(spec.level);
    return engine.launch(std::move(spec));
}

Task<std::unique_ptr<VirtualMachine>> LevelHypervisor::adopt(VmRecord record) {
    auto& engine = engine_of(record.level);
    return engine.adopt(std::move(record));
}

Task<void> LevelHypervisor::reap(SandboxId id) {
    // Nothing says any more what it was.
    RDT_CO_CHECK(co_await monitors_.reap(id));
    co_return co_await machines_.reap(std::move(id));
}

} // namespace redoubt::node::hypervisor::monitor
