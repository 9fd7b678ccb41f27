// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What a node shows of itself: its TPM's quote, the key that signed it, and the log of its boot. Nothing
/// here is believed before host_verdict.hpp. docs/formats/evidence.md, redoubt-node-evidence/1.

#include <array>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::tee::host {

/// What stands in a TEE's name for a host that proves itself by its TPM: of no guest.
inline constexpr std::string_view k_host_tee = "redoubt-host";
inline constexpr std::string_view k_evidence_format = "redoubt-node-evidence/1";
inline constexpr std::size_t k_nonce_size = 32;
inline constexpr std::size_t k_digest_size = 32; ///< of SHA-256
inline constexpr std::size_t k_pcrs = 24;
inline constexpr std::size_t k_max_log = 2U << 20U; ///< its base64 fits one message of gRPC's

struct HostEvidence {
    std::string ak_public;                ///< TPM2B_PUBLIC of the attestation key
    std::string ek_certificate;           ///< DER; empty: the TPM has none
    std::string message;                  ///< TPMS_ATTEST
    std::string signature;                ///< TPMT_SIGNATURE
    std::array<std::string, k_pcrs> pcrs; ///< of the SHA-256 bank, raw
    std::string event_log;                ///< empty: none was at hand
};

/// What the quote is over: SHA-256 of a domain, the nonce and the digest of a guest's evidence (empty: of no
/// guest, which counts as zeros). A quote for one guest's evidence is none for another's. Errors:
/// invalid_argument a nonce or a digest that is not 32 bytes.
[[nodiscard]] Result<std::string> quoted_data(std::string_view nonce, std::string_view guest_digest);

/// As JSON, and back. Limits: keys and signatures 4 KiB, the certificate 64 KiB, the log 2 MiB. Errors:
/// invalid_argument naming the member.
[[nodiscard]] std::string render_host_evidence(const HostEvidence& evidence);
[[nodiscard]] Result<HostEvidence> parse_host_evidence(std::string_view text);

} // namespace redoubt::tee::host
