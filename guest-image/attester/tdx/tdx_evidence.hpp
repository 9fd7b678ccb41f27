// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>
#include <string_view>

#include "common/base/error.hpp"
#include "guest-image/attester/evidence.hpp"
#include "guest-image/attester/evidence_device.hpp"

namespace redoubt::guest::attester::tdx {

/// A TDX quote and the event log, the firmware's with `runtime_records` behind it, as {"quote": base64,
/// "cc_eventlog": base64 or null}. Errors: invalid_argument a quote that is none, or of no TD;
/// resource_exhausted a log beyond 1 MiB, or one that cannot be read where something has to stand behind it.
/// Source: Confidential Containers, evidence of the attester tdx.
[[nodiscard]] Result<Evidence> read_tdx_evidence(const RawEvidence& raw,
                                                 std::string_view runtime_records = {});

/// The same with the log at another place. Source: UEFI CC, ACPI table CCEL.
[[nodiscard]] Result<Evidence> read_tdx_evidence_with(const RawEvidence& raw,
                                                      std::string_view runtime_records,
                                                      const std::filesystem::path& log);

} // namespace redoubt::guest::attester::tdx
