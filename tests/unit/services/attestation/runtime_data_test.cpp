// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/attestation/runtime_data.hpp"

#include <gtest/gtest.h>

#include "services/attestation/verifier/snp_evidence.hpp"

namespace redoubt::services::attestation {
namespace {

constexpr std::string_view k_data =
    R"({"nonce":"bm9uY2U=","tee-pubkey":{"kty":"EC","crv":"P-256","alg":"ECDH-ES+A256KW","kid":"not hashed","use":"enc",)"
    R"("x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}})";

TEST(RuntimeData, IsBoundAsOtherClientsBindIt) {
    const auto document = json::parse("data", k_data).value();
    const auto data = parse_runtime_data(document.root());
    ASSERT_TRUE(data) << data.error().message;
    const auto* text =
        R"({"additional-evidence":"","nonce":"bm9uY2U=","tee-pubkey":{"alg":"ECDH-ES+A256KW","crv":"P-256","kty":"EC",)"
        R"("x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}})";
    EXPECT_EQ(binding_digest(*data, "", crypto::HashAlgorithm::sha384).value(),
              raw_digest(text, crypto::HashAlgorithm::sha384).value());
    EXPECT_NE(binding_digest(*data, "{}", crypto::HashAlgorithm::sha384).value(),
              binding_digest(*data, "", crypto::HashAlgorithm::sha384).value());
}

TEST(RuntimeData, NeedsAKeyThatSomethingCanBeEncryptedTo) {
    for (const auto& [from, to] :
         std::initializer_list<std::pair<std::string, std::string>>{{R"("alg":"ECDH-ES+A256KW",)", ""},
                                                                    {"ECDH-ES+A256KW", "RSA-OAEP-256"},
                                                                    {R"("nonce":"bm9uY2U=",)", ""},
                                                                    {"P-256", "P-384"},
                                                                    {R"("kid")", R"("d")"}}) {
        std::string text(k_data);
        text.replace(text.find(from), from.size(), to);
        const auto document = json::parse("data", text).value();
        EXPECT_FALSE(parse_runtime_data(document.root())) << text;
    }
}

TEST(SnpEvidence, RefusesWhatIsNoReport) {
    for (const auto* text : {"[]", "{}", "5", "null", R"({"version":3})", R"("not base64!")"}) {
        const auto document = json::parse("report", text).value();
        EXPECT_FALSE(encode_snp_report(document.root())) << text;
    }
    tee::sev_snp::Endorsements endorsements;
    for (const auto* text : {"5", R"([{"cert_type":"VCEK"}])", R"([{"cert_type":"VCEK","data":[1,2,3]}])",
                             R"([{"cert_type":"CRL","data":[256]}])"}) {
        const auto document = json::parse("chain", text).value();
        EXPECT_FALSE(add_snp_chain(document.root(), endorsements)) << text;
    }
    const auto fine =
        json::parse("chain", R"([{"cert_type":"Empty","data":[]},{"cert_type":{"OTHER":"x"},"data":[1]}])")
            .value();
    EXPECT_TRUE(add_snp_chain(fine.root(), endorsements));
}

} // namespace
} // namespace redoubt::services::attestation
