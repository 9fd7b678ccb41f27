// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <boost/json/serialize.hpp>

#include "common/encoding/hex.hpp"
#include "common/tee/host/host_evidence.hpp"
#include "common/tee/host/host_verdict.hpp"
#include "services/attestation/verifier/verifier.hpp"

namespace redoubt::services::attestation {
namespace {

namespace bj = boost::json;
namespace host = tee::host;

constexpr std::uint32_t k_firmware_pcrs = 8; ///< that every accepted quote covers

} // namespace

Result<Outcome> verify_host(const json::Node& evidence, const Collateral& /*collateral*/,
                            const Expectations& expected) {
    const auto text = bj::serialize(*evidence.value());
    host::HostExpectations wanted;
    wanted.nonce = fit(expected.report_data, host::k_nonce_size);
    wanted.reference = expected.boot_reference;
    wanted.nodes = expected.nodes;
    wanted.nodes_source = host::k_enrolled_nodes;
    auto verdict = host::verify_host(text, wanted);
    Outcome outcome{std::move(verdict.explanation), std::nullopt};
    if (!verdict.node || !outcome.explanation.is_accepted()) return outcome;
    RDT_TRY(const auto read, host::parse_host_evidence(text));
    Claims claims;
    claims.tee = k_host_tee;
    bj::object pcrs;
    const auto add = [&](std::uint32_t pcr) {
        const auto value = encoding::to_hex(read.pcrs.at(pcr));
        claims.pcrs[std::format("tpm_pcr{}", pcr)] = value;
        pcrs[std::format("pcr{}", pcr)] = value;
    };
    for (std::uint32_t pcr = 0; pcr < k_firmware_pcrs; ++pcr) add(pcr);
    for (const auto& [pcr, values] : expected.boot_reference) add(pcr);
    claims.launch["attestation_key"] = verdict.node->attestation_key;
    claims.report_data = encoding::to_hex(wanted.nonce);
    // The endorsement key was vouched for by an anchor of the broker's operator.
    claims.anchor_class = tee::AnchorClass::operator_given;
    claims.chip_id = verdict.node->chip_id;
    claims.values = {{"attestation_key", verdict.node->attestation_key},
                     {"endorsement_key", verdict.node->endorsement_key},
                     {"chip_id", verdict.node->chip_id},
                     {"pcrs", std::move(pcrs)}};
    outcome.claims = std::move(claims);
    return outcome;
}

} // namespace redoubt::services::attestation
