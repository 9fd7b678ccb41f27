// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/oci/signature/stored_signatures.hpp"

#include <gtest/gtest.h>

#include <format>

#include "common/oci/signature/simple_signing.hpp"

namespace redoubt::oci::signature {
namespace {

const std::string k_digest = "sha256:" + std::string(64, 'a');

std::string layer(std::string_view type, std::size_t size, std::string_view signature) {
    return std::format(R"({{"mediaType":"{}","digest":"{}","size":{},"annotations":{{"{}":"{}"}}}})", type,
                       k_digest, size, k_signature_annotation, signature);
}
std::string manifest_of(std::string_view layers) {
    return std::format(R"({{"schemaVersion":2,"layers":[{}]}})", layers);
}

TEST(StoredSignatures, FindsThePayloadsOfAnImageOfSignatures) {
    const auto places = parse_signature_manifest(
        manifest_of(layer(k_payload_type, 200, "QUJD") + "," + layer("text/plain", 3, "eA==")));
    ASSERT_TRUE(places) << places.error().message;
    ASSERT_EQ(places->size(), 1U);
    EXPECT_EQ(places->front().payload.digest.str(), k_digest);
    EXPECT_EQ(places->front().payload.size, 200U);
    EXPECT_EQ(places->front().signature, "QUJD");
}

TEST(StoredSignatures, TakesTheNewestOfTooManyAndNoneThatIsTooLarge) {
    std::string layers = layer(k_payload_type, k_max_payload_bytes + 1, "large");
    for (int i = 0; i < 70; ++i) layers += "," + layer(k_payload_type, 200, std::to_string(i));
    const auto places = parse_signature_manifest(manifest_of(layers)).value();
    ASSERT_EQ(places.size(), k_max_signatures);
    EXPECT_EQ(places.front().signature, "6");
    EXPECT_EQ(places.back().signature, "69");
}

TEST(StoredSignatures, RefusesAManifestThatIsNone) {
    EXPECT_EQ(parse_signature_manifest("{}").error().message, "signatures.layers: missing");
    EXPECT_EQ(parse_signature_manifest(
                  manifest_of(std::format(R"({{"mediaType":"{}","digest":"x","size":1}})", k_payload_type)))
                  .error()
                  .code,
              Code::invalid_argument);
}

TEST(StoredSignatures, AreHandedOnByteForByte) {
    const std::vector<StoredSignature> signatures{{std::string("{\0\xff}", 4), "QUJD"}, {"{}", ""}};
    const auto text = render_signatures(signatures);
    EXPECT_EQ(
        text,
        R"({"version":1,"signatures":[{"payload":"ewD/fQ==","signature":"QUJD"},{"payload":"e30=","signature":""}]})");
    EXPECT_EQ(parse_signatures(text), signatures);
}

TEST(StoredSignatures, LeaveOutTheOldestWhereThereIsNoPlace) {
    const std::vector<StoredSignature> large(k_max_signatures, {std::string(k_max_payload_bytes, 'x'), "s"});
    const auto text = render_signatures(large);
    EXPECT_LE(text.size(), k_max_signatures_bytes);
    EXPECT_EQ(parse_signatures(text).value().size(), 11U);
    EXPECT_EQ(parse_signatures(render_signatures({70, {"{}", "s"}})).value().size(), k_max_signatures);
}

TEST(StoredSignatures, AreRefusedInAnotherForm) {
    const auto message = [](std::string_view text) { return parse_signatures(text).error().message; };
    EXPECT_EQ(message(R"({"version":2,"signatures":[]})"),
              "signatures.version: not a version this program knows");
    EXPECT_EQ(message(R"({"version":1})"), "signatures.signatures: missing");
    EXPECT_TRUE(message(R"({"version":1,"signatures":[{"payload":"*","signature":""}]})")
                    .starts_with("signatures.signatures[0].payload: "));
}

} // namespace
} // namespace redoubt::oci::signature
