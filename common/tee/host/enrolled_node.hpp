// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Which boxes are known: the keys of a box's TPM and the chip of its processor, written down together when
/// the box was enrolled. The chip is the word of who enrolled it; the keys were proved
/// (services/key_broker/tpm_enrolment.hpp).

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "common/encoding/json.hpp"

namespace redoubt::tee::host {

/// The name of the reference value that holds them.
inline constexpr std::string_view k_enrolled_nodes = "enrolled_nodes";
/// Of SEV-SNP, and of a simulator of it. A Turin's chip id fills it with zeros.
inline constexpr std::size_t k_chip_id_size = 64;

struct EnrolledNode {
    std::string attestation_key; ///< SubjectPublicKeyInfo (DER), base64
    std::string endorsement_key; ///< hex of the SHA-256 of its SubjectPublicKeyInfo
    std::string chip_id;         ///< lower-case hex; empty: a TPM alone, of no box with a known processor
};

/// A chip id as people write it, in lower case. Errors: invalid_argument not 64 bytes of hex, or all zeros.
[[nodiscard]] Result<std::string> parse_chip_id(std::string_view text);

/// A member of the list, and the list. Limits: 4,096 nodes. Errors: invalid_argument naming the member.
[[nodiscard]] boost::json::object render_enrolled_node(const EnrolledNode& node);
[[nodiscard]] Result<std::vector<EnrolledNode>> parse_enrolled_nodes(const json::Node& list);

} // namespace redoubt::tee::host
