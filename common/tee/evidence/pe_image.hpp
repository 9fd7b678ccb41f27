// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// EFI programs as firmware measures them.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"
#include "common/tee/evidence/hash.hpp"

namespace redoubt::tee {

struct PeSection {
    std::string name; ///< without padding
    std::uint32_t virtual_size = 0;
    std::uint32_t raw_offset = 0;
    std::uint32_t raw_size = 0;
};

/// A PE32+ program. Lifetime: borrows the bytes. Source: Microsoft PE format.
struct PeImage {
    std::string_view bytes;
    std::size_t checksum_offset = 0;
    std::size_t certificate_entry_offset = 0; ///< of the data directory
    std::uint32_t certificate_offset = 0;     ///< 0: not signed
    std::uint32_t certificate_size = 0;
    std::uint32_t headers_size = 0;
    std::vector<PeSection> sections;
};

/// Limits: 2 GiB, 96 sections, all inside the file. Errors: invalid_argument.
[[nodiscard]] Result<PeImage> parse_pe_image(std::string_view bytes);
/// What EV_EFI_BOOT_SERVICES_APPLICATION has: everything but checksum, certificate entry and signature.
/// Source: Microsoft Authenticode PE, "Calculating the PE image hash".
[[nodiscard]] Result<std::string> authenticode_hash(const PeImage& image, Hash hash);
/// A section's bytes without the padding of the file: cut to its virtual size.
[[nodiscard]] std::string section_bytes(const PeImage& image, const PeSection& section);

} // namespace redoubt::tee
