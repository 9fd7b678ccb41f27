// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "tests/support/tee/made_quote.hpp"

namespace redoubt::tests {
namespace {

namespace simtee = services::simtee;

tee::tdx::SignedDocument signed_document(Result<simtee::PublishedDocument> made) {
    auto document = require(std::move(made));
    return {std::move(document.body), std::move(document.signature)};
}

} // namespace

std::vector<tee::TrustAnchor> MadeIntel::anchors() const {
    return {tee::make_operator_anchor(root.certificate)};
}

tee::tdx::Collateral MadeIntel::collateral() const {
    tee::tdx::Collateral made;
    made.tcb_info = signed_document(simtee::make_tcb_info(tcb_signer, validity()));
    made.qe_identity = signed_document(simtee::make_qe_identity(tcb_signer, validity()));
    made.certificates = {tcb_signer.certificate, root.certificate};
    made.revocation_lists = {make_list(root, {}), make_list(authority, {})};
    return made;
}

MadeIntel make_intel() {
    return {require(simtee::make_intel_chain(
        {.validity = validity(), .ppid = std::string(16, 'S'), .pck_serial = k_pck_serial}))};
}

std::string make_td_body() {
    return simtee::render_td_report(
        {.mr_td = std::string(48, 'T'), .mr_config_id = {}, .rtmr = {}, .report_data = {}});
}

std::string make_quote(const MadeIntel& intel, const std::string& body, const Key& att_key,
                       const Key& bound_key) {
    const auto chain = require(simtee::pem_of(intel.pck.certificate)) +
                       require(simtee::pem_of(intel.authority.certificate)) +
                       require(simtee::pem_of(intel.root.certificate));
    return require(simtee::make_quote({.pck = &intel.pck.key,
                                       .pck_chain = chain,
                                       .attestation_key = &att_key.native(),
                                       .vouched_key = &bound_key.native()},
                                      body));
}

} // namespace redoubt::tests
