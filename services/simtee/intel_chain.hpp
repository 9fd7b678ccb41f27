// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Intel's authorities as a simulator has them, for one platform with TDX module 1.5 and everything up to
/// date; what they publish; and the quotes that platform makes. Source: Intel SGX PCK certificate
/// profile 1.5, Intel PCS API v4, Intel TDX DCAP quoting library API.

#include <array>
#include <string>
#include <string_view>

#include "services/simtee/certificate_maker.hpp"

namespace redoubt::services::simtee {

struct IntelChainSpec {
    Validity validity;
    std::string ppid; ///< raw, 16 bytes; a simulator's begins with "SIM"
    long pck_serial = 4;
};

/// Root, PCK platform authority, one platform's PCK, and who signs TCB information.
struct IntelChain {
    Identity root;
    Identity authority;
    Identity pck;
    Identity tcb_signer;
};
/// Errors: invalid_argument a PPID of another size; internal.
[[nodiscard]] Result<IntelChain> make_intel_chain(const IntelChainSpec& spec);

/// A document as the provisioning service gives it: its exact bytes, and who signed them says so.
struct PublishedDocument {
    std::string body;      ///< JSON
    std::string signature; ///< raw, r and s
};
/// TCB info (version 3) that knows the platform as up to date. Errors: internal.
[[nodiscard]] Result<PublishedDocument> make_tcb_info(const Identity& tcb_signer, Validity validity);
/// The quoting enclave's identity (version 2). Errors: internal.
[[nodiscard]] Result<PublishedDocument> make_qe_identity(const Identity& tcb_signer, Validity validity);

/// What of a TD report a guest or its launch decides; the rest is the platform's. Raw; shorter ones are
/// filled with zeros.
struct TdFields {
    std::string mr_td;
    std::string mr_config_id;
    std::array<std::string, 4> rtmr;
    std::string report_data;
};
/// The body of a TD report 1.0: 584 bytes.
[[nodiscard]] std::string render_td_report(const TdFields& fields);

/// Who makes a platform's quotes. Lifetime: all borrowed.
struct Quoter {
    const crypto::PrivateKey* pck = nullptr;
    std::string pck_chain; ///< PEM: PCK, its authority, the root
    const crypto::PrivateKey* attestation_key = nullptr;
    /// What the quoting enclave vouches for; none: the attestation key.
    const crypto::PrivateKey* vouched_key = nullptr;
};
/// A version 4 quote. Errors: invalid_argument a key that is not P-256; internal.
[[nodiscard]] Result<std::string> make_quote(const Quoter& quoter, std::string_view td_report);

} // namespace redoubt::services::simtee
