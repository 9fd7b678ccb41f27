// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/key_broker/tpm_enrolment.hpp"

#include <boost/json/serialize.hpp>

#include "common/crypto/aead.hpp"
#include "common/crypto/digest.hpp"
#include "common/encoding/base64.hpp"
#include "common/encoding/json.hpp"
#include "common/tee/tpm/make_credential.hpp"
#include "common/tee/tpm/verifier.hpp"

namespace redoubt::services::key_broker {
namespace {

namespace bj = boost::json;
namespace tpm = tee::tpm;

constexpr std::chrono::minutes k_lifetime{10};
constexpr std::size_t k_max_intermediates = 4;

Result<tee::Certificate> read_certificate(const json::Node& node) {
    RDT_TRY(const auto bytes, attestation::base64_member(node));
    return tee::Certificate::parse(bytes).transform_error(context("{}", node.path()));
}

/// The endorsement key, when its certificate leads to an anchor.
Result<tee::PublicKey> believe_endorsement(const json::Node& root, const attestation::Collateral& collateral,
                                           tee::Time now) {
    RDT_TRY(const auto leaf, read_certificate(root["ek_certificate"]));
    RDT_TRY(const auto nodes, root["intermediates"].array_or_empty());
    if (nodes.size() > k_max_intermediates) return root["intermediates"].wrong("more than 4");
    std::vector<tee::Certificate> intermediates;
    for (const auto& node : nodes) {
        RDT_TRY(auto certificate, read_certificate(node));
        intermediates.push_back(std::move(certificate));
    }
    // Vendors of TPMs publish few lists; one that is at hand counts.
    const auto verdict = tpm::verify_certificate(leaf, intermediates, {}, collateral.tpm_anchors,
                                                 tee::RevocationRule::when_given, now);
    if (verdict.explanation.is_accepted() && verdict.anchor_class &&
        *verdict.anchor_class != tee::AnchorClass::simulation)
        return leaf.public_key();
    std::string failures;
    for (const auto* claim : verdict.explanation.failures())
        failures +=
            std::format("{}{} ({})", failures.empty() ? "" : "; ", claim->name, claim->got.substr(0, 160));
    return fail(Code::permission_denied, "certificate of the endorsement key: {}",
                failures.empty() ? "no anchor stands behind it" : failures);
}

Result<std::string> read_chip_id(const json::Node& node) {
    RDT_TRY(const auto text, node.string_or());
    if (text.empty()) return std::string();
    return tee::host::parse_chip_id(text).transform_error(context("{}", node.path()));
}

} // namespace

Result<TpmEnrolment> TpmEnrolment::make() {
    RDT_TRY(auto key, crypto::random_secret(32));
    return TpmEnrolment(std::move(key));
}

Result<std::string> TpmEnrolment::mac_of(std::string_view use, const std::string& tenant,
                                         std::string_view content) const {
    return crypto::hmac_sha256(key_.view(),
                               std::format("{}|{}|{}|", use, tenant.size(), tenant) + std::string(content));
}

Result<bj::object> TpmEnrolment::challenge(const std::string& tenant, std::string_view body,
                                           const attestation::Collateral& collateral, tee::Time now) const {
    RDT_TRY(const auto document, json::parse("enrolment", body));
    const auto root = document.root();
    RDT_TRY(const auto endorsement_key, believe_endorsement(root, collateral, now));
    RDT_TRY(const auto area_bytes, attestation::base64_member(root["ak_public"]));
    RDT_TRY(const auto area, tpm::parse_public(area_bytes).transform_error(context("enrolment.ak_public")));
    if (const auto fault = tpm::attestation_key_fault(area); !fault.empty())
        return fail(Code::permission_denied, "enrolment.ak_public: {}", fault);
    RDT_TRY(const auto chip_id, read_chip_id(root["chip_id"]));
    RDT_TRY(const auto endorsement_digest, crypto::digest_of(endorsement_key.spki()));
    const auto statement = bj::serialize(bj::object{{"key", encoding::to_base64(area.key.spki())},
                                                    {"endorsement_key", endorsement_digest.hex()},
                                                    {"chip_id", chip_id},
                                                    {"ends", (now + k_lifetime).time_since_epoch().count()}});
    const auto id = encoding::to_base64(statement);
    RDT_TRY(const auto secret, mac_of("secret", tenant, id));
    RDT_TRY(const auto random, tpm::make_credential_random());
    RDT_TRY(const auto credential, tpm::make_credential(endorsement_key, area.name, secret, random));
    RDT_TRY(const auto mac, mac_of("id", tenant, id));
    return bj::object{{"id", id + "." + encoding::to_base64(mac)},
                      {"id_object", encoding::to_base64(credential.id_object)},
                      {"encrypted_secret", encoding::to_base64(credential.encrypted_secret)}};
}

Result<TpmEnrolment::Enrolled> TpmEnrolment::activate(const std::string& tenant, std::string_view body,
                                                      tee::Time now) const {
    RDT_TRY(const auto document, json::parse("activation", body));
    RDT_TRY(const auto text, document.root()["id"].string());
    RDT_TRY(const auto secret, attestation::base64_member(document.root()["secret"]));
    const auto dot = text.find('.');
    const auto refuse = [] {
        return fail(Code::permission_denied, "activation: not the secret of this challenge, or too late");
    };
    if (dot == std::string::npos) return refuse();
    const auto id = text.substr(0, dot);
    RDT_TRY(const auto mac, mac_of("id", tenant, id));
    RDT_TRY(const auto wanted, mac_of("secret", tenant, id));
    const bool is_ours = crypto::equal_in_constant_time(encoding::to_base64(mac), text.substr(dot + 1));
    if (!is_ours || !crypto::equal_in_constant_time(wanted, secret)) return refuse();
    RDT_TRY(const auto statement, encoding::from_base64(id));
    RDT_TRY(const auto read, json::parse("enrolment", statement));
    RDT_TRY(const auto ends, read.root()["ends"].integer());
    if (ends <= now.time_since_epoch().count()) return refuse();
    Enrolled enrolled;
    RDT_TRY(enrolled.attestation_key, read.root()["key"].string());
    RDT_TRY(enrolled.endorsement_key, read.root()["endorsement_key"].string());
    RDT_TRY(enrolled.chip_id, read.root()["chip_id"].string());
    return enrolled;
}

} // namespace redoubt::services::key_broker
