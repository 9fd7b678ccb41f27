// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::tee::sev_snp {

enum class SectionType : std::uint32_t {
    sec_mem = 1,
    secrets = 2,
    cpuid = 3,
    svsm_caa = 4,
    kernel_hashes = 0x10
};

struct FirmwareSection {
    std::uint64_t gpa = 0;
    std::uint64_t size = 0;
    SectionType type = SectionType::sec_mem;
};

/// What an OVMF image says of itself to the one who loads it. Source: OVMF ResetVector, GUIDed structures and
/// SEV metadata.
struct Firmware {
    std::optional<std::uint32_t> ap_reset_eip;
    std::uint32_t hash_table_base = 0; ///< 0: the firmware does not check kernel hashes
    std::vector<FirmwareSection> sections;
};

/// Limits: images of 4 KiB to 64 MiB in whole pages, 64 sections, sections of whole pages up to 64 MiB.
/// Errors: invalid_argument.
[[nodiscard]] Result<Firmware> parse_firmware(std::string_view image);

/// The bytes of an entry of the GUIDed table at an image's end; none when it is not there. Errors:
/// invalid_argument a table that does not fit the image.
[[nodiscard]] Result<std::optional<std::string>> find_firmware_entry(std::string_view image,
                                                                     std::string_view guid);

} // namespace redoubt::tee::sev_snp
