// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What a host's PCRs may hold: of the release (pcrs.json beside a host image), of the site, of a broker.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/encoding/json.hpp"

namespace redoubt::tee::host {

struct AllowedPcr {
    std::string value;  ///< SHA-256, raw
    std::string source; ///< "pcrs.json (enter-initrd:leave-initrd)"
};
/// By PCR; each value is as good as the others.
using BootReference = std::map<std::uint32_t, std::vector<AllowedPcr>>;

/// Adds what {"redoubt-pcrs": 1, "measurements": [{"pcr", "phase", "sha256"}]} says
/// (docs/formats/appliance-manifest.md). `source` is where it came from. Limits: 1,024 values. Errors:
/// invalid_argument naming the member, or none is in it.
Status add_measurements(BootReference& reference, std::string_view text, const std::string& source);
/// Adds "7=HEX". Errors: invalid_argument.
Status add_register(BootReference& reference, std::string_view text, const std::string& source);
/// Adds a broker's reference value "tpm_pcr7": a list of hex texts, or one. Other names add nothing. Errors:
/// invalid_argument.
Status add_reference_value(BootReference& reference, std::string_view name, const json::Node& value,
                           const std::string& source);

} // namespace redoubt::tee::host
