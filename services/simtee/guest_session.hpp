// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "services/simtee/peer_process.hpp"
#include "services/simtee/processor.hpp"

namespace redoubt::services::simtee {

/// What is the same for all guests. Lifetime: the processors are borrowed.
struct Simulator {
    std::filesystem::path qemu; ///< the one program that is believed; an upgrade may replace it
    std::vector<std::string> executed_firmware; ///< SHA-256, raw: what -bios may name
    const Processor* amd = nullptr;             ///< null: not played here
    const Processor* intel = nullptr;
};

/// Why a process is not to be believed as the host of a guest. Errors: permission_denied another program, one
/// with a debugger, or one whose environment loads code.
[[nodiscard]] Status check_program(const ProcessView& view, const ProgramIdentity& believed);

/// One guest: the process that runs it, and what its processor measured of it. Believes nobody: all of it
/// comes from the kernel and from the files. Thread: one at a time.
class GuestSession {
  public:
    /// Looks at the process, reads its files and measures them. Blocks on files. Errors: permission_denied,
    /// failed_precondition, invalid_argument: why it is no guest of ours.
    [[nodiscard]] static Result<GuestSession> open(PeerProcess process, const Simulator& simulator);

    /// Evidence for the guest, if its process is what it was. The first time, its files too: until then QEMU
    /// may not have read them. Blocks on files. Errors: aborted what has changed since; internal.
    [[nodiscard]] Result<Evidence> prove(const std::string& report_data, std::uint32_t privlevel);

    /// Extends a runtime register of the guest's, checked like prove(). Errors: of that and of
    /// LaunchedGuest::extend().
    Status extend(std::uint32_t rtmr, const std::string& digest);

    [[nodiscard]] const LaunchedGuest& guest() const { return *guest_; }
    [[nodiscard]] pid_t pid() const { return process_.pid(); }

  private:
    /// A file that was measured.
    struct Measured {
        std::string path;
        FileIdentity identity;
    };
    GuestSession(PeerProcess process, ProcessView view)
        : process_(std::move(process)), view_(std::move(view)) {}
    Status measure(const Simulator& simulator);
    Result<std::string> read(const std::string& path, FileTime started);
    [[nodiscard]] Status check_unchanged() const;

    PeerProcess process_;
    ProcessView view_;
    std::vector<Measured> files_;
    std::unique_ptr<LaunchedGuest> guest_;
    bool has_proved_ = false;
};

} // namespace redoubt::services::simtee
