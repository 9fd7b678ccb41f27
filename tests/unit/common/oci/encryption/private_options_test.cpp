// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/oci/encryption/private_options.hpp"

#include <gtest/gtest.h>

#include "tests/unit/common/oci/encryption/example.hpp"

namespace redoubt::oci::encryption {
namespace {

constexpr std::string_view k_text =
    R"({"symkey":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",)"
    R"("digest":"sha256:16c4a6633317f6281f0d0c6936fd3ff69f411ab3942aeb84da3de36a2a1108ef",)"
    R"("cipheroptions":{"nonce":"8PDw8PDw8PD//////////w=="}})";

void expect_refused(std::string_view text, std::string_view message) {
    const auto key = parse_private_options(text);
    ASSERT_FALSE(key) << text;
    EXPECT_EQ(key.error(), (Error{Code::invalid_argument, "private options: " + std::string(message)}))
        << text;
}

TEST(PrivateOptions, AreReadAndWrittenAsOthersWriteThem) {
    const auto key = parse_private_options(k_text).value();
    EXPECT_EQ(key.key.view(), example::key().view());
    EXPECT_EQ(key.nonce, example::nonce());
    EXPECT_EQ(key.plain_digest->str(), example::k_plain_digest);
    EXPECT_EQ(render_private_options(key).view(), k_text);
}

TEST(PrivateOptions, MayHoldMembersThatNobodyKnows) {
    const auto key =
        parse_private_options(R"( { "x" : [1, {"y": null, "z\"": "\\"}, []] , "n":-1.5,"digest":"",
        "cipheroptions" : { "more": "", "nonce":"8PDw8PDw8PD//////////w==" },
        "symkey":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=" } )");
    ASSERT_TRUE(key) << key.error().message;
    EXPECT_EQ(key->nonce, example::nonce());
    EXPECT_FALSE(key->plain_digest);
}

TEST(PrivateOptions, AreRefusedWhenSomethingIsMissing) {
    expect_refused("{}", "symkey is missing");
    const auto key_only = std::string(k_text.substr(0, k_text.find(",\"digest"))) + "}";
    expect_refused(key_only, "cipheroptions.nonce is missing");
}

TEST(PrivateOptions, AreRefusedWhenALengthIsWrong) {
    expect_refused(R"({"symkey":"AAEC"})", "symkey of 3 bytes, not 32");
    expect_refused(R"({"cipheroptions":{"nonce":"AAEC"}})", "nonce of 3 bytes, not 16");
    expect_refused(R"({"symkey":"\u0041"})", "symkey is not base64");
    expect_refused(R"({"digest":"md5:00"})", "digest is none");
}

TEST(PrivateOptions, AreRefusedWhenAMemberComesTwice) {
    expect_refused(std::string(k_text.substr(0, k_text.size() - 1)) + R"(,"symkey":""})", "symkey twice");
}

TEST(PrivateOptions, AreRefusedWhenTheyAreNoJson) {
    expect_refused("", "not an object");
    expect_refused("[]", "not an object");
    expect_refused("{\"a\"", "a colon is missing");
    expect_refused("{\"a", "a string does not end");
    expect_refused("{\"a\\", "a string does not end");
    expect_refused("{\"a\":1", "a value is missing");
    expect_refused("{\"a\":1 \"b\":2}", "a comma is missing");
    expect_refused(std::string(k_text) + "x", "something stands behind it");
    std::string deep = "{\"a\":";
    for (int i = 0; i < 20; ++i) deep += '[';
    expect_refused(deep, "too deep");
}

} // namespace
} // namespace redoubt::oci::encryption
