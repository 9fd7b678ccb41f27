// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <filesystem>

#include "guest-image/attester/evidence_device.hpp"

namespace redoubt::guest::attester::configfs_tsm {

/// Where Linux has the reports of its secure processor, for every TEE the same.
inline constexpr const char* k_reports = "/sys/kernel/config/tsm/report";

/// Where Linux has the registers of a TD: RTMR N is the file "rtmrN:sha384" below it, and what is written to
/// it extends it. Source: Linux Documentation/ABI/testing/sysfs-devices-virtual-misc-tdx_guest (6.16).
inline constexpr const char* k_measurements = "/sys/devices/virtual/misc/tdx_guest/measurements";

/// A real secure processor, through the kernel: sev_guest, tdx_guest. A request blocks the thread until the
/// processor has answered: some milliseconds, of a TD as long as the host's quoting service takes (the kernel
/// gives up after a minute). The host can stop a guest in simpler ways.
class ConfigfsTsmDevice final : public EvidenceDevice {
  public:
    explicit ConfigfsTsmDevice(std::filesystem::path reports = k_reports,
                               std::filesystem::path measurements = k_measurements)
        : reports_(std::move(reports)), measurements_(std::move(measurements)) {}

    Task<RawEvidence> evidence_over(std::string report_data) override;
    Task<> extend(std::uint32_t rtmr, std::string digest) override;

  private:
    std::filesystem::path reports_;
    std::filesystem::path measurements_;
    std::uint64_t asked_ = 0;
};

/// Whether the kernel has a driver for a secure processor.
[[nodiscard]] bool has_secure_processor(const std::filesystem::path& reports = k_reports);

} // namespace redoubt::guest::attester::configfs_tsm
