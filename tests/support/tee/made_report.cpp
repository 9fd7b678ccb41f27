// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "tests/support/tee/made_report.hpp"

namespace redoubt::tests {
namespace {

namespace simtee = services::simtee;

const std::string k_chip(64, 'S');
constexpr unsigned k_quick_rsa = 2048; // AMD's have 4096 bits, which take seconds to make

} // namespace

tee::sev_snp::AmdAuthorities MadeAmd::authorities() const {
    tee::sev_snp::AmdAuthorities made;
    made.anchors.push_back(tee::make_operator_anchor(root.certificate));
    made.intermediates.push_back(signer.certificate);
    return made;
}

tee::sev_snp::Endorsements MadeAmd::endorsements() const {
    tee::sev_snp::Endorsements made;
    made.certificates.push_back(vcek.certificate);
    made.revocation_lists.push_back(make_list(root, {}));
    return made;
}

MadeAmd make_amd() {
    return {require(
        simtee::make_amd_chain({.validity = validity(), .chip_id = k_chip, .rsa_bits = k_quick_rsa}))};
}

std::string make_report_body() {
    return simtee::render_report({.chip_id = k_chip,
                                  .vmpl = 0,
                                  .report_data = {},
                                  .measurement = std::string(48, 'M'),
                                  .host_data = {},
                                  .report_id = {}});
}

std::string sign_report(std::string body, const crypto::PrivateKey& key) {
    return require(simtee::sign_report(std::move(body), key));
}

} // namespace redoubt::tests
