// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/simtee/guest_session.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <format>
#include <utility>

#include "common/tee/evidence/hash.hpp"

namespace redoubt::services::simtee {
namespace {

constexpr std::uint64_t k_max_boot_file = 512U << 20U;
// A process's start is known to 10 ms, rounded down, and files are stamped by a clock that ticks as slowly.
constexpr auto k_stamp_tolerance = std::chrono::milliseconds(20);

Result<std::string> read_whole(int fd, std::uint64_t size) {
    if (size > k_max_boot_file)
        return fail(Code::resource_exhausted, "{} bytes, the most is {}", size, k_max_boot_file);
    std::string content(static_cast<std::size_t>(size), '\0');
    for (std::size_t done = 0; done < content.size();) {
        const auto count =
            ::pread(fd, content.data() + done, content.size() - done, static_cast<off_t>(done));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail_errno(errno, "read");
        if (count == 0) return fail(Code::aborted, "cut short while it was read");
        done += static_cast<std::size_t>(count);
    }
    return content;
}

} // namespace

Status check_program(const ProcessView& view, const ProgramIdentity& believed) {
    if (view.program != believed)
        return fail(Code::permission_denied, "the process is not the QEMU that is believed");
    if (view.tracer != 0)
        return fail(Code::permission_denied, "process {} debugs the guest's QEMU", view.tracer);
    for (const auto& variable : view.environment)
        if (variable.starts_with("LD_") || variable.starts_with("QEMU_") ||
            variable.starts_with("GCONV_PATH="))
            return fail(Code::permission_denied, "{} in its environment may load other code into QEMU",
                        variable.substr(0, variable.find('=')));
    return {};
}

Result<GuestSession> GuestSession::open(PeerProcess process, const Simulator& simulator) {
    RDT_TRY(const auto believed, identify_program(simulator.qemu));
    RDT_TRY(auto view, process.look());
    RDT_CHECK(check_program(view, believed));
    GuestSession session(std::move(process), std::move(view));
    RDT_CHECK(session.measure(simulator));
    RDT_CHECK(session.check_unchanged());
    return session;
}

Status GuestSession::measure(const Simulator& simulator) {
    RDT_TRY(const auto launch, parse_qemu_command(view_.arguments));
    const auto* processor = launch.platform == Platform::amd ? simulator.amd : simulator.intel;
    if (processor == nullptr)
        return fail(Code::failed_precondition, "no {} processor is simulated here",
                    launch.platform == Platform::amd ? "AMD" : "Intel");
    RDT_TRY(const auto started, PeerProcess::started_at(view_.start_ticks));
    if (!launch.firmware.empty()) {
        RDT_TRY(const auto firmware, read(launch.firmware, started));
        RDT_TRY(const auto hash, tee::hash_of(tee::Hash::sha256, {firmware}));
        if (!std::ranges::contains(simulator.executed_firmware, hash))
            return fail(Code::permission_denied, "{} is none of the firmware that a simulated guest may run",
                        launch.firmware);
    }
    BootFiles files;
    RDT_TRY(files.kernel, read(launch.kernel, started));
    if (!launch.initrd.empty()) {
        RDT_TRY(files.initrd, read(launch.initrd, started));
    }
    RDT_TRY(guest_, processor->launch(launch, files));
    return {};
}

Result<std::string> GuestSession::read(const std::string& path, FileTime started) {
    RDT_TRY(const auto fd, process_.open(path));
    RDT_TRY(const auto before, identify(fd.get()).transform_error(context("{}", path)));
    if (before.changed > started + k_stamp_tolerance)
        return fail(Code::aborted, "{} was changed after QEMU had started", path);
    RDT_TRY(auto content, read_whole(fd.get(), before.size).transform_error(context("{}", path)));
    RDT_TRY(const auto after, identify(fd.get()).transform_error(context("{}", path)));
    if (after != before) return fail(Code::aborted, "{} was changed while it was read", path);
    files_.push_back({path, before});
    return content;
}

Status GuestSession::check_unchanged() const {
    RDT_TRY(const auto now, process_.look());
    if (now != view_) return fail(Code::aborted, "process {} is not what it was", process_.pid());
    if (has_proved_) return {};
    for (const auto& [path, identity] : files_) {
        RDT_TRY(const auto fd, process_.open(path));
        RDT_TRY(const auto found, identify(fd.get()).transform_error(context("{}", path)));
        if (found != identity)
            return fail(Code::aborted, "{} was changed or replaced since it was measured", path);
    }
    return {};
}

Result<Evidence> GuestSession::prove(const std::string& report_data, std::uint32_t privlevel) {
    RDT_CHECK(check_unchanged());
    RDT_TRY(auto evidence, guest_->prove(report_data, privlevel));
    has_proved_ = true;
    return evidence;
}

Status GuestSession::extend(std::uint32_t rtmr, const std::string& digest) {
    RDT_CHECK(check_unchanged());
    return guest_->extend(rtmr, digest);
}

} // namespace redoubt::services::simtee
