// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/oci/signature/simple_signing.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <format>

#include "common/crypto/ecdsa_der.hpp"
#include "common/encoding/base64.hpp"
#include "common/encoding/json.hpp"

namespace redoubt::oci::signature {
namespace {

constexpr std::string_view k_type = "cosign container image signature";
constexpr std::string_view k_other_type = "atomic container signature";

Status check_curve(const crypto::PublicKey& key) {
    const auto point = key.point();
    if (point && point->curve == crypto::Curve::p256) return {};
    return fail(Code::invalid_argument, "not an EC key of P-256, which cosign's keys are");
}

} // namespace

std::string signature_tag(const crypto::Digest& manifest) {
    return std::format("{}-{}.sig", crypto::name_of(manifest.algorithm()), manifest.hex());
}

std::string render_payload(const SignedIdentity& identity) {
    return boost::json::serialize(boost::json::object{
        {"critical",
         boost::json::object{
             {"identity", boost::json::object{{"docker-reference", identity.reference}}},
             {"image", boost::json::object{{"docker-manifest-digest", identity.manifest.str()}}},
             {"type", k_type}}},
        {"optional", nullptr}});
}

Result<SignedIdentity> parse_payload(std::string_view payload) {
    RDT_TRY(const auto document,
            json::parse("payload", payload, {.max_bytes = k_max_payload_bytes, .max_depth = 16}));
    const auto critical = document.root()["critical"];
    RDT_TRY(const auto type, critical["type"].string());
    if (type != k_type && type != k_other_type)
        return fail(Code::unimplemented, "{}: '{}' is not a signature of an image", critical["type"].path(),
                    type.substr(0, 64));
    RDT_TRY(auto reference, critical["identity"]["docker-reference"].string());
    const auto node = critical["image"]["docker-manifest-digest"];
    RDT_TRY(const auto text, node.string());
    auto digest = crypto::Digest::parse(text);
    if (!digest) return node.wrong(digest.error().message);
    return SignedIdentity{std::move(reference), std::move(*digest)};
}

Result<std::string> sign_payload(const crypto::PrivateKey& key, std::string_view payload) {
    RDT_TRY(const auto public_key, key.public_key());
    RDT_CHECK(check_curve(public_key));
    RDT_TRY(const auto signature, key.sign_ecdsa(crypto::HashAlgorithm::sha256, payload));
    RDT_TRY(const auto der, crypto::der_of_ecdsa(signature));
    return encoding::to_base64(der);
}

Status verify_payload(const crypto::PublicKey& key, std::string_view payload, std::string_view signature) {
    RDT_CHECK(check_curve(key));
    RDT_TRY(const auto der, encoding::from_base64(signature));
    RDT_TRY(const auto raw, crypto::ecdsa_of_der(der, crypto::coordinate_size(crypto::Curve::p256)));
    return key.verify_ecdsa(crypto::HashAlgorithm::sha256, payload, raw);
}

} // namespace redoubt::oci::signature
