// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launcher/vm_keeper.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <algorithm>
#include <fcntl.h>
#include <tuple>
#include <variant>

#include "common/base/file.hpp"
#include "common/log/log.hpp"
#include "node-daemon/hypervisor/qemu/args.hpp"
#include "node-daemon/hypervisor/qemu/strays.hpp"
#include "node-daemon/launcher/vm_descriptors.hpp"

namespace redoubt::node::launcher {
namespace {

namespace qemu = hypervisor::qemu;

constexpr Duration k_reap_limit = std::chrono::seconds(10);
constexpr Duration k_reap_pause = std::chrono::milliseconds(20);
constexpr Duration k_group_limit = std::chrono::seconds(2);
constexpr Duration k_collect_limit = std::chrono::seconds(5);
// Of VMs that have ended, and whose end nobody asked about.
constexpr std::size_t k_most_kept = 4096;

std::optional<std::uint32_t> to_wire(const std::optional<int>& number) {
    if (!number) return std::nullopt;
    return static_cast<std::uint32_t>(*number);
}

std::unexpected<Error> lacks(const launch::VmSpec& spec, std::string_view what) {
    return fail(Code::failed_precondition, "vm {}: redoubt-launcher has no {}, and restart it", spec.id,
                what);
}

Status equip(const launch::VmSpec& spec, const launch::ConfidentialMeans& means,
             launch::SimulatedLaunch& simulated) {
    if (!means.is_simulation())
        return lacks(spec, "simulator: set confidential.simulator in its configuration");
    simulated.simulator = means.simulator;
    simulated.firmware = means.simulator_firmware;
    return {};
}

Status equip(const launch::VmSpec& spec, const launch::ConfidentialMeans& means, launch::SnpLaunch& snp) {
    if (!means.snp) return lacks(spec, "SEV-SNP: see 'redoubtctl node check'");
    snp.firmware = means.snp->firmware;
    snp.cpu_model = means.snp->cpu_model;
    snp.c_bit = means.snp->c_bit;
    snp.reduced_phys_bits = means.snp->reduced_phys_bits;
    return {};
}

Status equip(const launch::VmSpec& spec, const launch::ConfidentialMeans& means, launch::TdxLaunch& tdx) {
    if (!means.tdx) return lacks(spec, "TDX: see 'redoubtctl node check'");
    tdx.firmware = means.tdx->firmware;
    tdx.quote_service_port = means.tdx->quote_service_port;
    return {};
}

/// Where the secure processor is, and which firmware it starts, the launcher knows by itself: a caller could
/// lead QEMU to any socket and any file.
Status equip(launch::VmSpec& spec, const launch::ConfidentialMeans& means) {
    if (!spec.confidential) return {};
    return std::visit([&](auto& processor) { return equip(spec, means, processor); }, *spec.confidential);
}

/// Nothing of it is the caller's to choose but the guest's size, and names that make_command() has looked at.
Result<qemu::Spawned> spawn_vm(const qemu::QemuSettings& settings, const launch::VmSpec& spec,
                               std::vector<UniqueFd> given) {
    RDT_TRY(auto command, qemu::make_command(settings.program, spec));
    RDT_TRY(const auto descriptors, match_descriptors(command, std::move(given)));
    qemu::SpawnRequest request{.arguments = std::move(command.arguments),
                               .descriptors = {},
                               .working_directory = "/",
                               .environment = {"REDOUBT_VM=" + spec.runtime_directory.native()},
                               .isolation = settings.isolation,
                               .shown = std::move(command.shown),
                               .run_as = settings.run_as};
    for (const auto& fd : descriptors) request.descriptors.push_back(fd.get());
    return qemu::spawn(request);
}

Result<UniqueFd> copy_of(const UniqueFd& fd) {
    UniqueFd copy(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
    if (!copy) return fail_errno(errno, "copy a descriptor");
    return copy;
}

} // namespace

/// A VM this launcher started: running, or ended and not yet forgotten.
struct VmKeeper::Kept {
    Kept(const asio::any_io_executor& executor, SandboxId whose, qemu::ProcessHandle of, std::uint64_t count)
        : sandbox(std::move(whose)), process(std::move(of)), number(count), ended(executor) {}

    SandboxId sandbox;
    qemu::ProcessHandle process;
    std::uint64_t number; ///< the how manieth
    AsyncEvent ended;
    VmEnded how;
};

VmKeeper::VmKeeper(const asio::any_io_executor& executor, qemu::QemuSettings settings,
                   launch::ConfidentialMeans means)
    : executor_(executor), settings_(std::move(settings)), means_(std::move(means)), watchers_(executor) {}

std::optional<uid_t> VmKeeper::owner() const {
    if (settings_.run_as) return settings_.run_as->user;
    return std::nullopt;
}

Task<void> VmKeeper::join_group(SandboxId sandbox, pid_t pid, qemu::Ceiling ceiling) {
    if (!settings_.groups) co_return Status{};
    co_return co_await offload(blocking_, [groups = *settings_.groups, sandbox = std::move(sandbox), pid,
                                           ceiling] { return groups.add(sandbox, pid, ceiling); });
}

Task<void> VmKeeper::leave_group(SandboxId sandbox) {
    if (!settings_.groups) co_return Status{};
    co_return co_await offload(blocking_, [groups = *settings_.groups, sandbox = std::move(sandbox)] {
        return groups.remove(sandbox);
    });
}

Task<NewVm> VmKeeper::start(StartVm request, std::vector<UniqueFd> descriptors) {
    auto& spec = request.spec;
    for (const auto& [key, kept] : kept_)
        if (key.first == spec.id && !kept->ended.is_set())
            co_return fail(Code::already_exists, "vm {} runs already", spec.id);
    RDT_CO_CHECK(equip(spec, means_));
    RDT_CO_TRY(auto spawned, spawn_vm(settings_, spec, std::move(descriptors)));
    NewVm made{.answer = {.pid = static_cast<std::uint32_t>(spawned.process.pid),
                          .start_time = spawned.process.start_time,
                          .level = spec.level},
               .descriptors = {}};
    const auto kept = std::make_shared<Kept>(executor_, spec.id, std::move(spawned.process), ++started_);
    kept_[{spec.id, made.answer.pid}] = kept;
    forget_oldest();
    watchers_.spawn(watch(kept));
    auto handle = copy_of(kept->process.pidfd);
    const auto ceiling = qemu::ceiling_of(spec.memory_bytes, spec.vcpus);
    Status ready;
    if (handle)
        ready = co_await join_group(spec.id, kept->process.pid, ceiling);
    else
        ready = std::unexpected(handle.error());
    if (!ready) {
        std::ignore = qemu::kill_process(kept->process.pidfd.get());
        co_return std::unexpected(std::move(ready).error());
    }
    made.descriptors.push_back(*std::move(handle));
    made.descriptors.push_back(std::move(spawned.output));
    co_return made;
}

asio::awaitable<void> VmKeeper::watch(std::shared_ptr<Kept> kept) {
    asio::posix::stream_descriptor process(executor_, ::fcntl(kept->process.pidfd.get(), F_DUPFD_CLOEXEC, 0));
    const auto [error] = co_await process.async_wait(asio::posix::descriptor_base::wait_read, k_as_tuple);
    if (error) co_return; // the launcher ends; the VM does not
    const auto status = qemu::reap(kept->process.pidfd.get());
    kept->how = {.code = to_wire(status.code), .signal = to_wire(status.signal)};
    // What stays is removed when the sandbox is reaped.
    std::ignore = co_await leave_group_in_time(kept->sandbox, k_group_limit);
    kept->ended.set();
}

Task<void> VmKeeper::leave_group_in_time(SandboxId sandbox, Duration limit) {
    // The kernel may hold a group for a moment after its last process.
    const auto deadline = Clock::now() + limit;
    for (;;) {
        auto removed = co_await leave_group(sandbox);
        if (removed || Clock::now() > deadline) co_return removed;
        co_await sleep_for(k_reap_pause);
    }
}

void VmKeeper::forget_oldest() {
    if (kept_.size() <= k_most_kept) return;
    auto oldest = kept_.end();
    for (auto place = kept_.begin(); place != kept_.end(); ++place)
        if (place->second->ended.is_set() &&
            (oldest == kept_.end() || place->second->number < oldest->second->number))
            oldest = place;
    if (oldest != kept_.end()) kept_.erase(oldest);
}

Task<VmEnded> VmKeeper::collect(CollectVm request) {
    const auto found = kept_.find({request.sandbox, request.pid});
    if (found == kept_.end()) {
        // An earlier launcher's: its group is nobody else's to remove.
        std::ignore = co_await leave_group_in_time(request.sandbox, k_group_limit);
        co_return fail(Code::not_found, "vm {} is not known here", request.sandbox);
    }
    const auto kept = found->second;
    const auto end = [](std::shared_ptr<Kept> vm) -> Task<void> {
        co_await vm->ended.wait();
        co_return Status{};
    };
    RDT_CO_CHECK(co_await within(k_collect_limit, std::format("end of vm {}", request.sandbox), end(kept)));
    // Asked again by a redoubtd that did not hear it, until the sandbox is reaped.
    co_return kept->how;
}

Status VmKeeper::kill(const SandboxId& sandbox) const {
    bool is_known = false;
    for (const auto& [key, kept] : kept_) {
        if (key.first != sandbox || kept->ended.is_set()) continue;
        is_known = true;
        RDT_CHECK(qemu::kill_process(kept->process.pidfd.get()));
    }
    if (!is_known) qemu::kill_strays(sandbox, owner());
    return {};
}

Task<void> VmKeeper::reap(SandboxId sandbox) {
    const auto deadline = Clock::now() + k_reap_limit;
    while (qemu::kill_strays(sandbox, owner()) > 0) {
        if (Clock::now() > deadline) co_return fail(Code::deadline_exceeded, "vm {} does not end", sandbox);
        co_await sleep_for(k_reap_pause);
    }
    const auto removed = co_await leave_group_in_time(sandbox, k_group_limit);
    std::erase_if(kept_, [&sandbox](const auto& entry) {
        return entry.first.first == sandbox && entry.second->ended.is_set();
    });
    co_return removed;
}

asio::awaitable<void> VmKeeper::close() {
    watchers_.cancel();
    co_await watchers_.join();
}

} // namespace redoubt::node::launcher
