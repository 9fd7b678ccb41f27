// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Intel's collateral: which firmware is good, which quoting enclaves are, and what is known against them.
/// Source: Intel PCS API v4, TCB info (version 3) and enclave identity (version 2).

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/tee/evidence/certificate.hpp"
#include "common/tee/tdx/pck.hpp"
#include "common/tee/tdx/quote.hpp"

namespace redoubt::tee::tdx {

/// A TCB's standing, worst last. Names as in the collateral.
enum class TcbStatus : std::uint8_t {
    up_to_date,
    sw_hardening_needed,
    configuration_needed,
    configuration_and_sw_hardening_needed,
    td_relaunch_advised,
    td_relaunch_advised_configuration_needed,
    out_of_date,
    out_of_date_configuration_needed,
    revoked
};
[[nodiscard]] std::string_view name_of(TcbStatus status);
[[nodiscard]] Result<TcbStatus> parse_tcb_status(std::string_view name);

/// A document and Intel's signature of its exact bytes.
struct SignedDocument {
    std::string body;      ///< the bytes that are signed
    std::string signature; ///< raw, r and s
};
/// Takes apart what the service answers, {"tcbInfo": {...}, "signature": "hex"} with the member of this name,
/// keeping the body's bytes; or a body alone with its signature as hex. Limits: 1 MiB. Errors:
/// invalid_argument.
[[nodiscard]] Result<SignedDocument> split_response(std::string_view text, std::string_view member);
[[nodiscard]] Result<SignedDocument> join_document(std::string_view body, std::string_view signature_hex);

struct TcbLevel {
    std::array<std::uint8_t, 16> sgx_components{};
    std::array<std::uint8_t, 16> tdx_components{};
    std::uint16_t pce_svn = 0;
    std::string date;
    TcbStatus status = TcbStatus::revoked;
    std::vector<std::string> advisories;
};

/// A level of a module or an enclave.
struct SvnLevel {
    std::uint16_t isv_svn = 0;
    std::string date;
    TcbStatus status = TcbStatus::revoked;
    std::vector<std::string> advisories;
};

struct TdxModule {
    std::string id; ///< "TDX_01"; empty for the top-level one
    std::string mr_signer;
    std::string attributes;
    std::string attributes_mask;
    std::vector<SvnLevel> levels;
};

struct TcbInfo {
    std::string id; ///< "TDX" or "SGX"
    Time issue_date;
    Time next_update;
    std::string issue_text;
    std::string next_text;
    std::string fmspc;
    std::string pce_id;
    std::uint32_t evaluation_number = 0;
    std::optional<TdxModule> module;
    std::vector<TdxModule> identities;
    std::vector<TcbLevel> levels;
};
/// Limits: 256 levels. Errors: invalid_argument naming the place; a status that is not known.
[[nodiscard]] Result<TcbInfo> parse_tcb_info(std::string_view body);

struct EnclaveIdentity {
    std::string id; ///< "TD_QE" or "QE"
    Time issue_date;
    Time next_update;
    std::string issue_text;
    std::string next_text;
    std::uint32_t evaluation_number = 0;
    std::string misc_select;
    std::string misc_select_mask;
    std::string attributes;
    std::string attributes_mask;
    std::string mr_signer;
    std::uint16_t isv_prod_id = 0;
    std::vector<SvnLevel> levels;
};
[[nodiscard]] Result<EnclaveIdentity> parse_enclave_identity(std::string_view body);

/// The first level that the platform reaches; null when there is none. `tee_tcb_svn` is empty for SGX.
[[nodiscard]] const TcbLevel* find_level(const TcbInfo& info, const Pck& pck, std::string_view tee_tcb_svn);
/// The first level of at most this SVN; null when there is none.
[[nodiscard]] const SvnLevel* find_level(const std::vector<SvnLevel>& levels, std::uint16_t isv_svn);
/// The identity a TD's module has to have; null when the collateral does not know it.
[[nodiscard]] const TdxModule* find_module(const TcbInfo& info, std::string_view tee_tcb_svn);
/// Whether value and wanted agree in the bits of the mask; false when lengths differ.
[[nodiscard]] bool equal_under_mask(std::string_view value, std::string_view wanted, std::string_view mask);

/// What platform, module and quoting enclave come to together.
[[nodiscard]] TcbStatus converge(TcbStatus platform, std::optional<TcbStatus> module,
                                 std::optional<TcbStatus> qe);

} // namespace redoubt::tee::tdx
