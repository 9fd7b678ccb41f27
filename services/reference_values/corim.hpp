// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "services/reference_values/reference_values.hpp"

namespace redoubt::services::reference_values {

/// The profile whose names are the keys of measurements: "snp_launch_measurement".
inline constexpr std::string_view k_corim_profile = "urn:uuid:5d0f2b1c-7a46-4e0b-9c3a-8f1e6d24b790";

/// Takes reference values out of a Concise Reference Integrity Manifest: tag 501, or tag 18 around it by one
/// of the signers (500 and 502, which older ones begin with, say nothing more). It holds from its validity's
/// beginning to the end of what ends first, or a year. Limits: 2 MiB, 65,536 items, 4,096 names, 1,024
/// values of each. Errors: invalid_argument naming the byte, or that it is not valid now; permission_denied
/// not signed, or by another; unimplemented another profile, tags other than CoMIDs, and what narrows a
/// value; resource_exhausted. Source: draft-ietf-rats-corim-10.
[[nodiscard]] Result<std::vector<ReferenceValue>>
read_corim(std::string_view bytes, const Signers& signers, Unsigned rule, std::string_view author, Time now);

} // namespace redoubt::services::reference_values
