// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/grpc/decode.hpp"

#include <gtest/gtest.h>

#include "common/encoding/hex.hpp"

namespace redoubt::services::rpc {
namespace {

using ::attestation::AttestationRequest;
using ::attestation::IndividualAttestationRequest;

/// A request that is right: evidence {} bound to three bytes.
AttestationRequest request_with(const std::function<void(IndividualAttestationRequest&)>& change) {
    AttestationRequest request;
    auto& one = *request.add_verification_requests();
    one.set_tee("snp");
    one.set_evidence("e30");
    one.set_raw_runtime_data("AQID");
    change(one);
    return request;
}

TEST(GrpcDecode, TakesEvidenceAndWhatItIsBoundTo) {
    const auto raw = decode(request_with([](auto& one) { one.set_tee("azsnpvtpm"); }));
    ASSERT_TRUE(raw);
    EXPECT_EQ(raw->evidence.tee, "az-snp-vtpm");
    EXPECT_EQ(raw->evidence.report_data, "\1\2\3");
    EXPECT_FALSE(raw->evidence.init_data);
    const auto with_toml = decode(request_with([](auto& one) { one.set_init_data_toml("x = 1"); }));
    EXPECT_EQ(with_toml->evidence.init_data, "x = 1");
    const auto with_digest = decode(request_with([](auto& one) { one.set_init_data_digest("AQ"); }));
    EXPECT_EQ(with_digest->evidence.init_data_digest, "\1");
}

TEST(GrpcDecode, HashesStructuredDataInItsCanonicalForm) {
    const auto digest = [](const std::string& algorithm) {
        const auto read = decode(request_with([&](auto& one) {
            one.set_structured_runtime_data(R"({ "c": {"d":"e"}, "b": 1, "a": "test" })");
            one.set_runtime_data_hash_algorithm(algorithm);
        }));
        return read ? encoding::to_hex(read->evidence.report_data) : read.error().message;
    };
    // As clients of the key broker protocol compute it.
    constexpr auto k_sha384 =
        "e71ce8e70d814ba6639c3612ebee0ff1f76f650f8dbb5e47157e0f3f525cd22c4597480a186427c8"
        "13ca941da78870c3";
    EXPECT_EQ(digest(""), k_sha384);
    EXPECT_EQ(digest("sha384"), k_sha384);
    EXPECT_EQ(digest("SHA384"), k_sha384);
    EXPECT_EQ(digest("sha256").size(), 64U);
    EXPECT_EQ(digest("sha512").size(), 128U);
    EXPECT_NE(digest("md5").find("not sha256, sha384 or sha512"), std::string::npos);
}

TEST(GrpcDecode, RefusesWhatIsNoRequestNamingTheField) {
    const auto why = [](const std::function<void(IndividualAttestationRequest&)>& change) {
        const auto read = decode(request_with(change));
        return read ? std::string() : std::string(name_of(read.error().code)) + " " + read.error().message;
    };
    const auto expect = [&](const std::string& field,
                            const std::function<void(IndividualAttestationRequest&)>& change) {
        const auto text = why(change);
        EXPECT_TRUE(text.starts_with("INVALID_ARGUMENT ") && text.contains(field)) << field << ": " << text;
    };
    expect("evidence", [](auto& one) { one.clear_evidence(); });
    expect("evidence", [](auto& one) { one.set_evidence("e30!"); });
    expect("evidence", [](auto& one) { one.set_evidence("W10"); }); // []
    expect("runtime_data", [](auto& one) { one.clear_runtime_data(); });
    expect("raw_runtime_data", [](auto& one) { one.set_raw_runtime_data(""); });
    expect("raw_runtime_data", [](auto& one) { one.set_raw_runtime_data(std::string(100, 'A')); });
    expect("structured_runtime_data", [](auto& one) { one.set_structured_runtime_data("{"); });
    expect("structured_runtime_data", [](auto& one) { one.set_structured_runtime_data("[]"); });
    expect("structured_runtime_data", [](auto& one) { one.set_structured_runtime_data(R"({"a":1,"a":2})"); });
    expect("init_data_digest", [](auto& one) { one.set_init_data_digest("="); });
}

TEST(GrpcDecode, SaysWhatIsNotImplemented) {
    auto request = request_with([](auto&) {});
    request.add_policy_ids("default");
    EXPECT_TRUE(decode(request));
    request.add_policy_ids("other");
    EXPECT_EQ(decode(request).error().code, Code::unimplemented);
    request.clear_policy_ids();
    request.add_verification_requests()->set_tee("nvidia");
    EXPECT_EQ(decode(request).error().code, Code::unimplemented);
    EXPECT_EQ(decode(AttestationRequest()).error().code, Code::invalid_argument);
}

TEST(GrpcDecode, GivesChallengesForKnownTees) {
    const auto code = [](const std::string& tee) {
        ::attestation::ChallengeRequest request;
        if (!tee.empty()) (*request.mutable_inner())["tee"] = tee;
        const auto read = decode(request);
        return read ? "OK" : std::string(name_of(read.error().code));
    };
    EXPECT_EQ(code("snp"), "OK");
    EXPECT_EQ(code("se"), "UNIMPLEMENTED");
    EXPECT_EQ(code("sample"), "UNIMPLEMENTED");
    EXPECT_EQ(code(""), "INVALID_ARGUMENT");
}

} // namespace
} // namespace redoubt::services::rpc
