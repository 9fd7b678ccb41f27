// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "common/async/task.hpp"

namespace redoubt::guest::attester {

/// What a guest has its secure processor sign, in bytes. Source: AMD 56860 REPORT_DATA, Intel TDX REPORTDATA.
inline constexpr std::size_t k_report_data_size = 64;

/// What a secure processor gave, as it came. Source: Linux Documentation/ABI/testing/configfs-tsm-report.
struct RawEvidence {
    std::string provider; ///< "sev_guest", "tdx_guest"
    std::string outblob;  ///< report or quote
    std::string auxblob;  ///< of a report: the host's certificate table; may be empty
};

/// The way to this guest's secure processor. One request at a time. Thread: one strand.
class EvidenceDevice {
  public:
    virtual ~EvidenceDevice() = default;
    EvidenceDevice(const EvidenceDevice&) = delete;
    EvidenceDevice& operator=(const EvidenceDevice&) = delete;

    /// Evidence over `report_data`, of k_report_data_size bytes.
    /// Errors: failed_precondition there is no secure processor; unavailable, deadline_exceeded it does not
    /// answer; aborted somebody else asked in between; what the processor says.
    virtual Task<RawEvidence> evidence_over(std::string report_data) = 0;

    /// Extends runtime register `rtmr` of a TD by a digest (SHA-384, raw). Errors: unimplemented this
    /// processor has no such register; as evidence_over(), and then nobody knows whether it was extended.
    virtual Task<> extend(std::uint32_t rtmr, std::string digest) = 0;

  protected:
    EvidenceDevice() = default;
};

} // namespace redoubt::guest::attester
