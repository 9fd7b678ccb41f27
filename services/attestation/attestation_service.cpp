// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/attestation/attestation_service.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

#include "common/encoding/base64.hpp"
#include "common/encoding/hex.hpp"
#include "services/attestation/host_rule.hpp"

namespace redoubt::services::attestation {
namespace {

namespace bj = boost::json;

struct KnownTee {
    std::string_view name;
    Verifier verify;
};
constexpr std::array<KnownTee, 6> k_known{{{"snp", &verify_sev_snp},
                                           {"tdx", &verify_tdx},
                                           {"tpm", &verify_tpm},
                                           {"az-snp-vtpm", &verify_az_snp_vtpm},
                                           {"az-tdx-vtpm", &verify_az_tdx_vtpm},
                                           {k_host_tee, &verify_host}}};

const KnownTee* find_tee(std::string_view name) {
    const auto found = std::ranges::find(k_known, name, &KnownTee::name);
    return found == k_known.end() ? nullptr : found;
}

/// TPM keys that the tenant lists.
std::vector<std::string> known_keys(const ReferenceValues& values, Time now) {
    std::vector<std::string> keys;
    const auto* found = values.find("trusted_aks", now);
    if (found == nullptr || !found->value.is_array()) return keys;
    for (const auto& item : found->value.get_array())
        if (item.is_string())
            if (auto bytes = encoding::from_base64(item.get_string())) keys.push_back(*std::move(bytes));
    return keys;
}

std::string describe(const tee::Explanation& explanation) {
    std::string text;
    for (const auto* claim : explanation.failures())
        text += std::format("{}{} (expected {}, got {})", text.empty() ? "" : "; ", claim->name,
                            claim->expected.substr(0, 160), claim->got.substr(0, 160));
    return text.empty() ? "nothing was verified" : text;
}

bj::object annotate(const Evidence& evidence, const Claims& claims,
                    const std::optional<InitData>& init_data) {
    bj::object annotated{{"init_data", claims.init_data},
                         {"report_data", claims.report_data},
                         {"runtime_data_claims", evidence.runtime_claims},
                         {claims.tee, claims.values}};
    if (init_data) annotated["init_data_claims"] = init_data->claims;
    return annotated;
}

bj::object submod(const Appraisal& appraisal, bj::object annotated, const ReleaseFacts& facts,
                  const Judge& judge) {
    bj::object vector;
    for (const auto& [name, claim] : appraisal.vector) vector[name] = claim;
    bj::object result{{"ear.status", appraisal.status},
                      {"ear.trustworthiness-vector", std::move(vector)},
                      {"ear.appraisal-policy-id", judge.policy_id},
                      {"ear.veraison.annotated-evidence", std::move(annotated)}};
    if (judge.purpose == Purpose::release) result["redoubt.release"] = render_facts(facts);
    for (const auto& extension : appraisal.extensions)
        if (!result.contains(extension.key())) result[extension.key()] = extension.value();
    return result;
}

Result<Claims> verify(const Evidence& evidence, const std::optional<InitData>& init_data, const Judge& judge,
                      Time now) {
    const auto* known = find_tee(evidence.tee);
    if (known == nullptr)
        return fail(Code::unimplemented, "evidence of TEE '{}' is not implemented",
                    evidence.tee.substr(0, 40));
    if (!evidence.additional.empty())
        return fail(Code::unimplemented, "evidence of additional devices is not implemented");
    Expectations expected;
    expected.report_data = evidence.report_data;
    expected.init_data = init_data ? init_data->digest : evidence.init_data_digest;
    expected.at = now;
    expected.allows_simulation = judge.allows_simulation;
    expected.allows_vlek = judge.allows_vlek;
    expected.attestation_keys = known_keys(*judge.values, now);
    expected.tcb_statuses = judge.tcb_statuses;
    expected.advisories = judge.advisories;
    if (evidence.tee == k_host_tee) RDT_CHECK(read_host_expectations(*judge.values, now, expected));
    RDT_TRY(auto outcome, known->verify(evidence.primary, *judge.collateral, expected));
    if (!outcome.claims)
        return fail(Code::permission_denied, "evidence refused: {}", describe(outcome.explanation));
    return *std::move(outcome.claims);
}

} // namespace

Status bind_to(const RuntimeData& data, Evidence& evidence) {
    RDT_TRY(evidence.report_data, binding_digest(data, evidence.additional, crypto::HashAlgorithm::sha384));
    evidence.runtime_claims = {{"nonce", data.nonce},
                               {"tee-pubkey", data.key_members},
                               {"additional-evidence", evidence.additional}};
    return {};
}

Result<Attested> attest(const Evidence& evidence, const Judge& judge, Time now) {
    std::optional<InitData> init_data;
    if (evidence.init_data) {
        RDT_TRY(init_data, parse_init_data(*evidence.init_data));
    }
    RDT_TRY(const auto claims, verify(evidence, init_data, judge, now));
    RDT_TRY(const auto digest, crypto::digest_of(bj::serialize(*evidence.primary.value())));
    Attested attested;
    attested.facts = release_facts(claims, digest.str());
    auto annotated = annotate(evidence, claims, init_data);
    RDT_TRY(attested.appraisal, judge.appraiser->appraise(annotated, *judge.values, now));
    bj::object submods;
    submods[submod_of(attested.facts.tee)] =
        submod(attested.appraisal, std::move(annotated), attested.facts, judge);
    RDT_TRY(attested.token, judge.issuer->issue(judge.tenant, std::move(submods), now));
    return attested;
}

bool is_known_tee(std::string_view tee) {
    return find_tee(tee) != nullptr;
}

std::string canonical_tee(std::string_view tee) {
    if (tee == "azsnpvtpm") return "az-snp-vtpm";
    if (tee == "aztdxvtpm") return "az-tdx-vtpm";
    return std::string(tee);
}

} // namespace redoubt::services::attestation
