// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/vendors/answers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/encoding/hex.hpp"
#include "common/http/url.hpp"
#include "tests/support/tee/made_quote.hpp"
#include "tests/support/tee/made_report.hpp"

namespace redoubt::services::vendors {
namespace {

using testing::HasSubstr;

const tests::MadeIntel& intel() {
    static const auto k_made = tests::make_intel();
    return k_made;
}

std::string chain() {
    return simtee::pem_of(intel().tcb_signer.certificate).value() +
           simtee::pem_of(intel().root.certificate).value();
}

Target target(Form form) {
    return {"https://vendor.test/x", form, {"tdx/gnr"}, "stem"};
}

http::Response tcb_info_answer() {
    const auto made = simtee::make_tcb_info(intel().tcb_signer, tests::validity()).value();
    http::Response answer;
    answer.status = 200;
    answer.headers.add("TCB-Info-Issuer-Chain", http::encode_query(chain()));
    answer.body =
        R"({"tcbInfo":)" + made.body + R"(,"signature":")" + encoding::to_hex(made.signature) + "\"}";
    return answer;
}

TEST(Answers, GiveTcbInfoWithItsSignersChain) {
    const auto answer = tcb_info_answer();
    const auto files = read_answer(target(Form::tcb_info), answer);
    ASSERT_TRUE(files) << files.error().message;
    ASSERT_EQ(files->size(), 2U);
    EXPECT_EQ((*files)[0].name, "tcbinfo_response.json");
    EXPECT_EQ((*files)[0].bytes, answer.body);
    EXPECT_EQ((*files)[1].name, "stem-chain.pem");
    EXPECT_EQ((*files)[1].bytes, chain());
}

TEST(Answers, HaveTheirChainOnceAndWhole) {
    auto answer = tcb_info_answer();
    answer.headers.add("tcb-info-issuer-chain", "x");
    EXPECT_THAT(read_answer(target(Form::tcb_info), answer).error().message, HasSubstr("2 headers"));
    answer.headers.remove("TCB-Info-Issuer-Chain");
    EXPECT_THAT(read_answer(target(Form::tcb_info), answer).error().message, HasSubstr("0 headers"));
    answer.headers.add("TCB-Info-Issuer-Chain", "nonsense");
    EXPECT_FALSE(read_answer(target(Form::tcb_info), answer));
    answer.headers.remove("TCB-Info-Issuer-Chain");
    answer.headers.add("TCB-Info-Issuer-Chain", http::encode_query(chain() + chain() + chain()));
    EXPECT_THAT(read_answer(target(Form::tcb_info), answer).error().message, HasSubstr("6 certificates"));
}

TEST(Answers, OfAnotherStatusAreNone) {
    auto answer = tcb_info_answer();
    answer.status = 503;
    EXPECT_EQ(read_answer(target(Form::tcb_info), answer).error().code, Code::unavailable);
    answer.status = 404;
    EXPECT_EQ(read_answer(target(Form::tcb_info), answer).error().code, Code::not_found);
    EXPECT_EQ(read_vcek(answer).error().code, Code::not_found);
}

TEST(Answers, OfAnotherFormAreRefused) {
    const auto document = tcb_info_answer();
    for (const auto form :
         {Form::amd_list, Form::amd_chain, Form::qe_identity, Form::intel_list, Form::intel_root_list})
        EXPECT_FALSE(read_answer(target(form), document)) << static_cast<int>(form);
    EXPECT_FALSE(read_vcek(document));
}

TEST(Answers, GiveListsAsDerAlsoWhereTheyCameAsHexText) {
    const auto list = tests::make_list(intel().root, {});
    http::Response answer;
    answer.status = 200;
    answer.body = encoding::to_hex(list.der());
    const auto files = read_answer(target(Form::intel_root_list), answer);
    ASSERT_TRUE(files) << files.error().message;
    EXPECT_EQ((*files)[0].name, "stem.crl");
    EXPECT_EQ((*files)[0].bytes, list.der());
}

} // namespace
} // namespace redoubt::services::vendors
