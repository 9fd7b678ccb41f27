// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/tee/simtee_link/messages.hpp"
#include "services/simtee/qemu_command.hpp"

namespace redoubt::services::simtee {

/// What a guest boots, as bytes.
struct BootFiles {
    std::string kernel;
    std::string initrd; ///< empty: none
};

struct Evidence {
    std::string outblob;
    std::string auxblob;
};

/// A guest as its secure processor keeps it: measured once, at its launch. Thread: any.
class LaunchedGuest {
  public:
    LaunchedGuest() = default;
    LaunchedGuest(const LaunchedGuest&) = delete;
    LaunchedGuest& operator=(const LaunchedGuest&) = delete;
    LaunchedGuest(LaunchedGuest&&) = delete;
    LaunchedGuest& operator=(LaunchedGuest&&) = delete;
    virtual ~LaunchedGuest() = default;

    /// As Linux names it: "sev_guest" or "tdx_guest".
    [[nodiscard]] virtual std::string_view provider() const = 0;
    /// The kind of request it answers.
    [[nodiscard]] virtual tee::simtee_link::Kind kind() const = 0;
    /// What the launch came to, raw: launch digest or MRTD.
    [[nodiscard]] virtual std::string measurement() const = 0;
    /// Evidence over 64 bytes of report data. Errors: internal.
    [[nodiscard]] virtual Result<Evidence> prove(const std::string& report_data,
                                                 std::uint32_t privlevel) const = 0;
    /// Extends a runtime register by a digest (SHA-384, raw). Errors: unimplemented there are none;
    /// invalid_argument not one that a guest may extend; internal.
    virtual Status extend(std::uint32_t rtmr, const std::string& digest) = 0;
};

/// A secure processor that is played. Thread: any.
class Processor {
  public:
    Processor() = default;
    Processor(const Processor&) = delete;
    Processor& operator=(const Processor&) = delete;
    Processor(Processor&&) = delete;
    Processor& operator=(Processor&&) = delete;
    virtual ~Processor() = default;

    /// Measures a launch. Lifetime: the guest borrows this. Errors: invalid_argument and failed_precondition
    /// what cannot be measured.
    [[nodiscard]] virtual Result<std::unique_ptr<LaunchedGuest>> launch(const Launch& launch,
                                                                        const BootFiles& files) const = 0;
};

} // namespace redoubt::services::simtee
