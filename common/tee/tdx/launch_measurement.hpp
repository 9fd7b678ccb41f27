// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What a TD's launch will measure, computed beforehand.
/// Source: Intel TDX virtual firmware design guide (TDVF metadata), TDX module ABI (TDH.MEM.PAGE.ADD,
/// TDH.MR.EXTEND).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::tee::tdx {

struct TdvfSection {
    std::uint32_t data_offset = 0;
    std::uint32_t raw_size = 0;
    std::uint64_t gpa = 0;
    std::uint64_t memory_size = 0;
    std::uint32_t type = 0;
    std::uint32_t attributes = 0; ///< bit 0 the contents are measured, bit 1 pages come later
};

/// Limits: images up to 64 MiB, 64 sections of up to 256 MiB in whole pages. Errors: invalid_argument.
[[nodiscard]] Result<std::vector<TdvfSection>> parse_tdvf(std::string_view image);

/// Hosts differ in the order of a measured section: page by page, or all pages added and then all measured.
enum class PageOrder : std::uint8_t { page_by_page, two_passes };
/// MRTD, raw.
[[nodiscard]] Result<std::string> mrtd_of(std::string_view image, PageOrder order);

/// RTMR1 of a direct boot through OVMF: the kernel's Authenticode hash (SHA-384, raw), the boot option,
/// leaving of boot services. Firmware before edk2-stable202408 puts its separator into RTMR0 instead.
enum class SeparatorPlace : std::uint8_t { rtmr0, rtmr1 };
[[nodiscard]] Result<std::string> rtmr1_of(std::string_view kernel_hash, SeparatorPlace separator);
/// RTMR2 of a direct boot: Linux's EFI stub measures the command line as UTF-16 with its NUL, then the
/// initrd.
[[nodiscard]] Result<std::string> rtmr2_of(std::string_view cmdline, std::string_view initrd);

} // namespace redoubt::tee::tdx
