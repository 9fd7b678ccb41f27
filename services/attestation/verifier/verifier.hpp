// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What every verifier takes and gives. The checks themselves are in common/tee; a verifier here knows the
/// form in which guests send evidence, and which values the trust services go by. None of them has a branch
/// for simulation: an anchor has a class, and the caller says which classes it takes.

#include <boost/json/object.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/encoding/json.hpp"
#include "common/tee/evidence/chain.hpp"
#include "common/tee/evidence/explanation.hpp"
#include "common/tee/host/boot_reference.hpp"
#include "common/tee/host/enrolled_node.hpp"
#include "common/tee/host/host_evidence.hpp"
#include "common/tee/sev_snp/endorsement.hpp"
#include "common/tee/tdx/verifier.hpp"
#include "services/attestation/verifier/collateral_origin.hpp"

namespace redoubt::services::attestation {

using tee::Time;
using tee::host::k_host_tee;

/// Statements of vendors, imported or fetched. Nothing of it is trusted before it is verified.
struct Collateral {
    tee::sev_snp::AmdAuthorities amd;
    std::vector<tee::Certificate> snp_certificates;
    std::vector<tee::RevocationList> snp_revocation_lists;
    std::vector<tee::TrustAnchor> intel_anchors;
    std::vector<tee::TrustAnchor> tpm_anchors; ///< of endorsement keys
    std::vector<tee::tdx::Collateral> tdx;     ///< one a platform family
    tee::RevocationRule revocation = tee::RevocationRule::required;
    std::map<std::string, tee::Certificate> vceks; ///< fetched for one chip each, by key_of(Chip)
    Origins origins;                               ///< of all of it
};

/// What evidence has to show, and what its owner takes.
struct Expectations {
    std::string report_data; ///< digest that binds nonce and key, raw
    std::string init_data;   ///< digest of the init data sent along, raw; empty: none was sent
    Time at;
    bool allows_simulation = false;
    bool allows_vlek = false;
    std::vector<std::string> attestation_keys; ///< TPM keys known to the owner: SubjectPublicKeyInfo, DER
    tee::host::BootReference boot_reference;   ///< what a host may have booted
    std::vector<tee::host::EnrolledNode> nodes;
    std::vector<std::string> tcb_statuses; ///< of TDX, beside UpToDate
    std::vector<std::string> advisories;
};

/// What verified evidence says.
struct Claims {
    std::string tee;
    boost::json::object values; ///< as policies see them below the TEE's name
    /// What was launched: names of reference values, and what was measured as hex. Each has to be listed.
    std::map<std::string, std::string> launch;
    std::string init_data;   ///< what the hardware is bound to, hex; empty when nothing
    std::string report_data; ///< hex
    std::optional<tee::AnchorClass> anchor_class;
    bool is_debug = false;
    std::uint32_t vmpl = 0;
    std::string chip_id;                     ///< of the processor, hex; empty: the evidence names none
    std::map<std::string, std::string> pcrs; ///< "tpm_pcr11": hex; where there is a TPM
};

struct Outcome {
    tee::Explanation explanation;
    std::optional<Claims> claims; ///< only when everything was accepted
};

/// Verifies evidence in the form its guests send. Errors: invalid_argument malformed evidence; what is well
/// formed and not accepted is an Outcome without claims.
using Verifier = Result<Outcome> (*)(const json::Node& evidence, const Collateral& collateral,
                                     const Expectations& expected);

[[nodiscard]] Result<Outcome> verify_sev_snp(const json::Node& evidence, const Collateral& collateral,
                                             const Expectations& expected);
[[nodiscard]] Result<Outcome> verify_tdx(const json::Node& evidence, const Collateral& collateral,
                                         const Expectations& expected);
[[nodiscard]] Result<Outcome> verify_tpm(const json::Node& evidence, const Collateral& collateral,
                                         const Expectations& expected);
[[nodiscard]] Result<Outcome> verify_az_snp_vtpm(const json::Node& evidence, const Collateral& collateral,
                                                 const Expectations& expected);
[[nodiscard]] Result<Outcome> verify_az_tdx_vtpm(const json::Node& evidence, const Collateral& collateral,
                                                 const Expectations& expected);
/// redoubt-node-evidence/1 of a host, quoted over the binding's first 32 bytes in the domain of host quotes,
/// so that no guest's TPM has made it.
[[nodiscard]] Result<Outcome> verify_host(const json::Node& evidence, const Collateral& collateral,
                                          const Expectations& expected);

/// A digest in a field of that size: cut, or filled with zeros.
[[nodiscard]] std::string fit(std::string_view digest, std::size_t size);
/// Base64 text of a member, strict. Errors: invalid_argument naming it.
[[nodiscard]] Result<std::string> base64_member(const json::Node& node);
[[nodiscard]] Result<std::string> base64url_member(const json::Node& node);
[[nodiscard]] Result<std::string> hex_member(const json::Node& node);
/// Notes whether the field that the hardware is bound to is the init data sent along; none sent: nothing to
/// compare. Gives the field as hex, empty when it is all zeros.
std::string check_init_data(tee::Explanation& explanation, Claims& claims, std::string_view field,
                            const Expectations& expected);

} // namespace redoubt::services::attestation
