// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What has to hold before anything is released to a host. A host has no init data and no launch measurement:
/// its box is enrolled, and its registers are what its owner lists. ADR 0044.

#include <string>
#include <vector>

#include "services/attestation/release_rule.hpp"

namespace redoubt::services::attestation {

/// The first part of the path of every resource that is for hosts: theirs alone, and all they get.
inline constexpr std::string_view k_host_repository = "redoubt-host";

/// Reference values that say what a host may have booted, and which boxes are enrolled, as common/tee/host
/// has them. Errors: invalid_argument one that cannot be read.
Status read_host_expectations(const ReferenceValues& values, Time now, Expectations& expected);

/// Why nothing may be released to this host, judged by the reference values of now.
[[nodiscard]] std::vector<std::string> host_faults(const ReleaseFacts& facts, const ReferenceValues& values,
                                                   Time now);

/// Why this path is not for who asks; empty when it is. `plugin`: "resource" for the broker's own.
[[nodiscard]] std::string repository_fault(const ReleaseFacts& facts, std::string_view plugin,
                                           const std::vector<std::string>& path);

} // namespace redoubt::services::attestation
