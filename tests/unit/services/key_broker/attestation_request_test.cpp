// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/key_broker/attestation_request.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace redoubt::services::key_broker {
namespace {

constexpr std::string_view k_body =
    R"({"runtime-data":{"nonce":"bm9uY2U=","tee-pubkey":{"kty":"EC","crv":"P-256","alg":"ECDH-ES+A256KW",)"
    R"("x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}},)"
    R"("init-data":{"format":"toml","body":"a = 1"},)"
    R"("tee-evidence":{"primary_evidence":{"attestation_report":"here"},"additional_evidence":""}})";

std::string complaint_of(std::string_view from, std::string_view to) {
    std::string text(k_body);
    text.replace(text.find(from), from.size(), to);
    const auto message = read_attestation(text, "snp");
    return message ? std::string() : message.error().message;
}

TEST(AttestationRequest, StaysWhereItsPartsPointToWhenItMoves) {
    auto read = read_attestation(k_body, "snp");
    ASSERT_TRUE(read) << read.error().message;
    AttestationRequest request{.cookie = "c", .message = std::move(read)};
    const auto moved = std::move(request);
    const auto& message = moved.message->value();
    EXPECT_EQ(message.evidence.primary["attestation_report"].string().value(), "here");
    EXPECT_EQ(message.evidence.tee, "snp");
    EXPECT_EQ(message.evidence.init_data, "a = 1");
    EXPECT_EQ(message.runtime_data.nonce, "bm9uY2U=");
}

TEST(AttestationRequest, NamesThePlaceOfWhatIsWrong) {
    EXPECT_TRUE(complaint_of(R"("format":"toml")", R"("format":"json")").contains("init-data.format"));
    EXPECT_TRUE(
        complaint_of(R"({"attestation_report":"here"})", "7").contains("tee-evidence.primary_evidence"));
    EXPECT_TRUE(complaint_of(R"("nonce":"bm9uY2U=",)", "").contains("runtime-data"));
}

} // namespace
} // namespace redoubt::services::key_broker
