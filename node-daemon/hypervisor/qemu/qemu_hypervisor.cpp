// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/hypervisor/qemu/qemu_hypervisor.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <format>
#include <utility>
#include <vector>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "common/base/file.hpp"
#include "common/base/unix_address.hpp"
#include "common/base/unwind.hpp"
#include "common/log/log.hpp"
#include "node-daemon/hypervisor/qemu/args.hpp"
#include "node-daemon/hypervisor/qemu/machine.hpp"
#include "node-daemon/hypervisor/qemu/strays.hpp"

namespace redoubt::node::hypervisor::qemu {
namespace {

constexpr Duration k_version_limit = std::chrono::seconds(20);
constexpr Duration k_reap_limit = std::chrono::seconds(10);
constexpr Duration k_reap_pause = std::chrono::milliseconds(20);
constexpr Duration k_group_limit = std::chrono::seconds(2);

/// The daemon's handle on a running machine.
class QemuVm final : public VirtualMachine {
  public:
    explicit QemuVm(std::shared_ptr<Machine> machine, bool is_clone = false)
        : machine_(std::move(machine)), is_clone_(is_clone) {}
    QemuVm(const QemuVm&) = delete;
    QemuVm& operator=(const QemuVm&) = delete;
    QemuVm(QemuVm&&) = delete;
    QemuVm& operator=(QemuVm&&) = delete;
    ~QemuVm() override { machine_->disconnect(); }

    [[nodiscard]] VmRecord record() const override { return machine_->record(); }
    [[nodiscard]] std::filesystem::path agent_socket() const override {
        return machine_->record().runtime_directory / k_agent_socket;
    }
    [[nodiscard]] bool is_clone() const override { return is_clone_; }
    [[nodiscard]] std::string console_tail() const override { return machine_->console_tail(); }
    Task<void> attach_disk(launch::DiskSpec disk) override { return machine_->attach_disk(std::move(disk)); }
    Task<void> detach_disk(std::string disk_id) override { return machine_->detach_disk(std::move(disk_id)); }
    Task<void> resize_disk(std::string disk_id, std::uint64_t size_bytes) override {
        return machine_->resize_disk(std::move(disk_id), size_bytes);
    }
    Task<VmExit> wait() override { return machine_->wait(); }
    Task<void> kill() override { return machine_->kill(); }

  private:
    std::shared_ptr<Machine> machine_; ///< shared with the coroutines that watch it
    bool is_clone_;
};

Result<UniqueFd> listen_on(const std::filesystem::path& path, Unwind& undo) {
    RDT_TRY(const auto address, unix_address(path));
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd) return fail_errno(errno, "make socket {}", path.native());
    ::unlink(path.c_str());
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return fail_errno(errno, "make socket {}", path.native());
    undo.push([path] { ::unlink(path.c_str()); });
    if (::chmod(path.c_str(), 0600) != 0 || ::listen(fd.get(), 4) != 0)
        return fail_errno(errno, "listen on {}", path.native());
    return fd;
}

bool is_socket(FdRole role) {
    return role == FdRole::qmp || role == FdRole::agent || role == FdRole::console || role == FdRole::relay;
}

Result<UniqueFd> copy_descriptor(int fd) {
    UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (!copy) return fail_errno(errno, "copy descriptor {}", fd);
    return copy;
}

Result<UniqueFd> open_descriptor(const InheritedFd& wanted, Unwind& undo) {
    if (is_socket(wanted.role)) return listen_on(wanted.path, undo);
    if (wanted.role == FdRole::tap || wanted.role == FdRole::memory)
        return copy_descriptor(wanted.open_already);
    return open_file(wanted.path, wanted.is_writable ? O_RDWR : O_RDONLY);
}

Result<std::vector<UniqueFd>> open_descriptors(const QemuCommand& command, Unwind& undo) {
    std::vector<UniqueFd> open;
    for (const auto& wanted : command.descriptors) {
        RDT_TRY(auto fd, open_descriptor(wanted, undo));
        open.push_back(std::move(fd));
    }
    return open;
}

/// Of a VM that somebody else starts, who opens devices and firmware.
Result<std::vector<UniqueFd>> open_descriptors_for_keeper(const launch::VmSpec& spec, Unwind& undo) {
    RDT_TRY(auto command, make_command({}, spec));
    std::erase_if(command.descriptors, [](const auto& fd) { return is_of_the_host(fd.role); });
    return open_descriptors(command, undo);
}

/// Starts QEMU, stopped before the guest's first instruction.
Result<Spawned> start_process(const QemuSettings& settings, const launch::VmSpec& spec, Unwind& undo) {
    RDT_TRY(auto command, make_command(settings.program, spec));
    RDT_TRY(const auto descriptors, open_descriptors(command, undo));
    SpawnRequest request{.arguments = std::move(command.arguments),
                         .descriptors = {},
                         .working_directory = spec.runtime_directory,
                         .environment = {"REDOUBT_VM=" + spec.runtime_directory.native()},
                         .isolation = settings.isolation,
                         .shown = std::move(command.shown),
                         .run_as = settings.run_as};
    for (const auto& fd : descriptors) request.descriptors.push_back(fd.get());
    return spawn(request);
}

/// "QEMU emulator version 11.1.3 (Debian ...)" gives "QEMU 11.1.3".
Result<std::string> parse_version(const std::string& text) {
    constexpr std::string_view mark = "QEMU emulator version ";
    if (!text.starts_with(mark))
        return fail(Code::failed_precondition, "not a qemu: its --version says '{}'",
                    text.substr(0, text.find('\n')));
    const auto number = text.substr(mark.size());
    return "QEMU " + number.substr(0, number.find_first_of(" (\r\n"));
}

/// The kernel may hold a group for a moment after its last process.
asio::awaitable<void> remove_group(VmGroups groups, SandboxId id, Duration limit) {
    const auto deadline = Clock::now() + limit;
    for (;;) {
        const auto removed = groups.remove(id);
        if (removed) co_return;
        if (Clock::now() > deadline) {
            log::warning(removed.error().message, {{"SANDBOX_ID", id.str()}});
            co_return;
        }
        co_await sleep_for(k_reap_pause);
    }
}

Task<std::string> read_to_end(asio::any_io_executor executor, UniqueFd fd) {
    asio::posix::stream_descriptor stream(executor, fd.release());
    std::string text;
    std::array<char, 1024> buffer{};
    while (text.size() < 4096) {
        const auto [error, count] = co_await stream.async_read_some(asio::buffer(buffer), k_as_tuple);
        if (error) break;
        text.append(buffer.data(), count);
    }
    co_return text;
}

} // namespace

QemuHypervisor::QemuHypervisor(const asio::any_io_executor& executor, QemuSettings settings)
    : executor_(executor), settings_(std::move(settings)), templates_(settings_.most_templates),
      watchers_(executor) {}

Task<std::string> QemuHypervisor::version() {
    if (settings_.keeper != nullptr) co_return co_await settings_.keeper->version();
    if (version_.empty()) RDT_CO_CHECK(co_await try_start(Isolation::none, std::nullopt));
    co_return version_;
}

Task<void> QemuHypervisor::try_start(Isolation isolation, std::optional<Identity> run_as) {
    RDT_CO_TRY(auto spawned, spawn({.arguments = {settings_.program.native(), "--version"},
                                    .environment = {},
                                    .isolation = isolation,
                                    .run_as = run_as}));
    auto text =
        co_await within(k_version_limit, "qemu --version", read_to_end(executor_, std::move(spawned.output)));
    RDT_CO_CHECK(kill_process(spawned.process.pidfd.get()));
    static_cast<void>(qemu::reap(spawned.process.pidfd.get()));
    RDT_CO_CHECK(text);
    RDT_CO_TRY(version_, parse_version(*text));
    co_return Status{};
}

Task<Isolation> QemuHypervisor::choose_isolation() {
    if (::geteuid() != 0 || settings_.keeper != nullptr) co_return Isolation::none;
    for (const auto isolation : {Isolation::full, Isolation::view_and_network}) {
        const auto tried = co_await try_start(isolation, settings_.run_as);
        if (tried) {
            settings_.isolation = isolation;
            break;
        }
        log::info(std::format("VMs in {}: {}",
                              isolation == Isolation::full ? "namespaces of every kind"
                                                           : "namespaces of mounts and network",
                              tried.error().message));
    }
    co_return settings_.isolation;
}

Task<Spawned> QemuHypervisor::start_by_keeper(launch::VmSpec spec,
                                              Result<std::vector<UniqueFd>> descriptors) {
    if (!descriptors) co_return std::unexpected(std::move(descriptors).error());
    co_return co_await settings_.keeper->start(std::move(spec), *std::move(descriptors));
}

Task<void> QemuHypervisor::join_group(SandboxId id, int pid, Ceiling ceiling) {
    if (!settings_.groups) co_return Status{};
    co_return co_await offload(blocking_, [groups = *settings_.groups, id = std::move(id), pid, ceiling] {
        return groups.add(id, pid, ceiling);
    });
}

void QemuHypervisor::leave_group_at_end(Machine& machine) const {
    if (!settings_.groups) return;
    // What stays is removed with the rest of a VM that nobody owns. Within the time in which its end is
    // waited for: the next VM of its name may have the group at once.
    machine.at_end([groups = *settings_.groups, id = machine.record().id] {
        return remove_group(groups, id, k_group_limit);
    });
}

Task<std::unique_ptr<VirtualMachine>> QemuHypervisor::launch(launch::VmSpec spec) {
    std::shared_ptr<Machine> clone;
    if (may_be_clone(spec)) clone = (co_await try_clone(spec)).value_or(nullptr);
    if (!clone) {
        RDT_CO_TRY(auto machine, co_await start(std::move(spec), {}));
        co_return std::make_unique<QemuVm>(std::move(machine));
    }
    Unwind undo;
    undo.push([clone] { clone->kill_now(); });
    // A template has no disks: they come as those do that are plugged in later.
    for (const auto& disk : spec.disks) {
        auto attached = co_await clone->attach_disk(disk);
        if (attached) continue;
        RDT_CO_CHECK(co_await clone->kill());
        co_return std::unexpected(std::move(attached).error());
    }
    undo.commit();
    co_return std::make_unique<QemuVm>(std::move(clone), /*is_clone=*/true);
}

Task<std::shared_ptr<Machine>> QemuHypervisor::start(launch::VmSpec spec, UniqueFd devices) {
    Unwind undo;
    Result<Spawned> started;
    if (settings_.keeper != nullptr)
        started = co_await start_by_keeper(spec, open_descriptors_for_keeper(spec, undo));
    else
        started = start_process(settings_, spec, undo);
    RDT_CO_TRY(auto spawned, std::move(started).transform_error(context("start vm {}", spec.id)));
    VmRecord record{.id = spec.id,
                    .pid = spawned.process.pid,
                    .pid_start_time = spawned.process.start_time,
                    .runtime_directory = spec.runtime_directory};
    const auto machine =
        std::make_shared<Machine>(executor_, std::move(record), std::move(spawned.process), settings_.keeper);
    undo.push([machine] { machine->kill_now(); }); // its watcher reaps it
    machine->watch(watchers_, std::move(spawned.output));
    for (const auto& disk : spec.disks) machine->note_disk(disk);
    leave_group_at_end(*machine);
    // Its guest does not run yet.
    const auto ceiling = ceiling_of(spec.memory_bytes, spec.vcpus);
    if (const auto joined = co_await join_group(spec.id, machine->record().pid, ceiling); !joined) {
        const auto why = co_await machine->last_words(joined.error().message);
        co_return fail(joined.error().code, "start vm {}: {}", spec.id, why ? *why : why.error().message);
    }

    if (const auto running = co_await machine->begin(watchers_, std::move(devices)); !running) {
        const auto why = co_await machine->last_words(running.error().message);
        co_return fail(Code::unavailable, "start vm {}: {}", spec.id, why ? *why : why.error().message);
    }
    undo.commit();
    co_return machine;
}

Task<std::unique_ptr<VirtualMachine>> QemuHypervisor::adopt(VmRecord record) {
    const auto outer = std::format("adopt vm {}", record.id);
    auto process = open_process(record.pid, record.pid_start_time);
    if (!process) co_return std::unexpected(process.error().within(outer));
    const auto machine =
        std::make_shared<Machine>(executor_, std::move(record), *std::move(process), settings_.keeper);
    machine->watch(watchers_, {});
    leave_group_at_end(*machine);
    Unwind undo;
    undo.push([machine] { machine->disconnect(); });
    auto adopted = co_await machine->connect(watchers_);
    // A daemon that went between start and "cont" left the machine stopped; to a running one this says
    // nothing.
    if (adopted) adopted = co_await machine->resume();
    if (adopted) adopted = co_await machine->learn_disks();
    if (!adopted) co_return std::unexpected(adopted.error().within(outer));
    undo.commit();
    co_return std::make_unique<QemuVm>(machine);
}

Task<void> QemuHypervisor::reap(SandboxId id) {
    if (settings_.keeper != nullptr) co_return co_await settings_.keeper->reap(std::move(id));
    const auto deadline = Clock::now() + k_reap_limit;
    while (kill_strays(id) > 0) {
        if (Clock::now() > deadline) co_return fail(Code::deadline_exceeded, "vm {} does not end", id);
        co_await sleep_for(k_reap_pause);
    }
    while (settings_.groups) {
        auto removed = settings_.groups->remove(id);
        if (removed || Clock::now() > deadline) co_return removed;
        co_await sleep_for(k_reap_pause);
    }
    co_return Status{};
}

asio::awaitable<void> QemuHypervisor::close() {
    watchers_.cancel();
    co_await watchers_.join();
}

} // namespace redoubt::node::hypervisor::qemu
