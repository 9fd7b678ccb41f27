// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::tee::tdx {

inline constexpr std::uint32_t k_tee_sgx = 0;
inline constexpr std::uint32_t k_tee_tdx = 0x81;
inline constexpr std::size_t k_header_size = 48;

enum class BodyType : std::uint8_t { sgx, td_1_0, td_1_5 };
/// "sgx", "tdx1.0", "tdx1.5".
[[nodiscard]] std::string_view name_of(BodyType type);

/// What an enclave says of itself: the quoting enclave's, and the body of SGX quotes. Byte strings are raw.
/// Source: Intel SGX developer reference, sgx_report_body_t.
struct EnclaveReport {
    std::string cpu_svn;
    std::string misc_select;
    std::string attributes;
    std::string mr_enclave;
    std::string mr_signer;
    std::uint16_t isv_prod_id = 0;
    std::uint16_t isv_svn = 0;
    std::string report_data;
    std::string bytes; ///< 384
};

/// What a TD says of itself. Source: Intel TDX DCAP quoting library API, TD Quote Body.
struct TdReport {
    std::string tee_tcb_svn;
    std::string mr_seam;
    std::string mr_signer_seam;
    std::string seam_attributes;
    std::string td_attributes;
    std::string xfam;
    std::string mr_td;
    std::string mr_config_id;
    std::string mr_owner;
    std::string mr_owner_config;
    std::vector<std::string> rtmr; ///< four
    std::string report_data;
    std::optional<std::string> tee_tcb_svn2;  ///< 1.5
    std::optional<std::string> mr_service_td; ///< 1.5
};

/// A quote, parsed and not yet believed.
struct Quote {
    std::uint16_t version = 0;
    std::uint16_t att_key_type = 0;
    std::uint32_t tee_type = 0;
    std::string qe_vendor_id;
    std::string user_data;
    BodyType body_type = BodyType::td_1_0;
    std::uint32_t body_size = 0;
    std::optional<TdReport> td;
    std::optional<EnclaveReport> enclave; ///< of SGX quotes
    std::string signed_bytes;
    std::uint32_t signature_size = 0;
    std::size_t trailing = 0; ///< bytes behind the signature, which nobody signed and nobody reads
    std::string signature;    ///< r and s, 32 bytes each, big endian
    std::string att_key;      ///< x and y
    std::optional<std::uint16_t> outer_cert_type;
    EnclaveReport qe_report;
    std::string qe_report_signature;
    std::string qe_auth_data;
    std::uint16_t cert_type = 0;
    std::string cert_data;
};

/// Parses quotes of version 3 (SGX only), 4 and 5. Limits: 128 KiB.
/// Errors: invalid_argument what does not fit: length, version, key type, body type and size, certification
/// data.
[[nodiscard]] Result<Quote> parse_quote(std::string_view bytes);

/// Body of a TD report, 584 or 648 bytes. Errors: invalid_argument.
[[nodiscard]] Result<TdReport> parse_td_report(std::string_view bytes, BodyType type);

/// What a raw TDREPORT (1024 bytes) says of its TD. Only its own processor can verify it.
struct LocalReport {
    std::string report_data;
    std::string tee_info_hash;
    std::string td_attributes;
    std::string mr_td;
    std::string mr_config_id;
    std::string td_info; ///< attributes, XFAM, MRTD, the three identities, four RTMRs: 400 bytes
};
[[nodiscard]] Result<LocalReport> parse_local_report(std::string_view bytes);
/// The same 400 bytes as a quote's body has them.
[[nodiscard]] std::string td_info_of(const TdReport& td);

} // namespace redoubt::tee::tdx
