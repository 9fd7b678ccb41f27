// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/oci/signature/signed_identity.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace redoubt::oci::signature {
namespace {

const std::string k_digest = "sha256:" + std::string(64, 'a');

IdentityRule rule_of(std::string_view json) {
    const auto document = json::parse("identity", json).value();
    return parse_identity_rule(document.root()).value();
}
Error error_of(std::string_view json) {
    const auto document = json::parse("identity", json).value();
    return parse_identity_rule(document.root()).error();
}
bool fits(const IdentityRule& rule, const std::string& image, const std::string& named) {
    return is_identity_of(rule, parse_reference(image).value(), named);
}

TEST(SignedIdentity, UnlessStatedTakesTheRepositoryThatCosignSigns) {
    const IdentityRule rule;
    EXPECT_TRUE(fits(rule, "a.test/app:1", "a.test/app"));
    EXPECT_TRUE(fits(rule, "a.test/app@" + k_digest, "a.test/app"));
    EXPECT_FALSE(fits(rule, "a.test/app:1", "a.test/other"));
    EXPECT_FALSE(fits(rule, "a.test/app:1", "b.test/app"));
    // Who signed under a tag meant that tag.
    EXPECT_TRUE(fits(rule, "a.test/app:1", "a.test/app:1"));
    EXPECT_FALSE(fits(rule, "a.test/app:1", "a.test/app:2"));
}

TEST(SignedIdentity, ExactIsNameAndTag) {
    const auto rule = rule_of(R"({"type":"matchExact"})");
    EXPECT_TRUE(fits(rule, "a.test/app:1", "a.test/app:1"));
    EXPECT_FALSE(fits(rule, "a.test/app:1", "a.test/app"));
    EXPECT_FALSE(fits(rule, "a.test/app", "a.test/app"));
    EXPECT_FALSE(fits(rule, "a.test/app@" + k_digest, "a.test/app:1"));
    EXPECT_TRUE(fits(rule, "a.test/app@" + k_digest, "a.test/app@" + k_digest));
    EXPECT_TRUE(fits(rule, "a.test/app:1@" + k_digest, "a.test/app:1"));
}

TEST(SignedIdentity, ByDigestTheRepositoryIsEnough) {
    const auto rule = rule_of(R"({"type":"matchRepoDigestOrExact"})");
    EXPECT_TRUE(fits(rule, "a.test/app@" + k_digest, "a.test/app:1"));
    EXPECT_FALSE(fits(rule, "a.test/app@" + k_digest, "a.test/other:1"));
    EXPECT_TRUE(fits(rule, "a.test/app:1", "a.test/app:1"));
    EXPECT_FALSE(fits(rule, "a.test/app:1", "a.test/app:2"));
    EXPECT_FALSE(fits(rule, "a.test/app:1", "a.test/app"));
}

TEST(SignedIdentity, RepositoryTakesAnyTag) {
    const auto rule = rule_of(R"({"type":"matchRepository"})");
    EXPECT_TRUE(fits(rule, "a.test/app:1", "a.test/app:2"));
    EXPECT_FALSE(fits(rule, "a.test/app:1", "a.test/apps:1"));
}

TEST(SignedIdentity, TheRuleMayNameAnotherImage) {
    const auto reference = rule_of(R"({"type":"exactReference","dockerReference":"a.test/app:1"})");
    EXPECT_TRUE(fits(reference, "mirror.test/copy:9", "a.test/app:1"));
    EXPECT_FALSE(fits(reference, "mirror.test/copy:9", "a.test/app:2"));
    const auto repository = rule_of(R"({"type":"exactRepository","dockerRepository":"a.test/app"})");
    EXPECT_TRUE(fits(repository, "mirror.test/copy:9", "a.test/app:2"));
    EXPECT_FALSE(fits(repository, "mirror.test/copy:9", "mirror.test/copy:9"));
}

TEST(SignedIdentity, RemapsWholeComponents) {
    const auto rule = rule_of(R"({"type":"remapIdentity","prefix":"mirror.test/a","signedPrefix":"a.test"})");
    EXPECT_TRUE(fits(rule, "mirror.test/a/app:1", "a.test/app:1"));
    EXPECT_FALSE(fits(rule, "mirror.test/a/app:1", "mirror.test/a/app:1"));
    EXPECT_FALSE(fits(rule, "mirror.test/ab/app:1", "a.test/b/app:1"));
    EXPECT_TRUE(fits(rule, "other.test/app:1", "other.test/app:1"));
}

TEST(SignedIdentity, WhatIsNoReferenceIsNobody) {
    for (const auto* type : {"matchExact", "matchRepository"})
        EXPECT_FALSE(fits(rule_of(std::format(R"({{"type":"{}"}})", type)), "a.test/app:1", "a.test/App:1"));
}

TEST(SignedIdentity, IsRefusedWhenItIsNotOne) {
    EXPECT_EQ(error_of(R"({"type":"any"})").message, "identity.type: 'any' is no kind of identity");
    EXPECT_EQ(error_of(R"({"type":"matchExact","dockerReference":"x"})").message,
              "identity: has a member 'dockerReference' that is not known");
    EXPECT_EQ(error_of(R"({"type":"exactReference","dockerReference":"a.test/app"})").message,
              "identity.dockerReference: has neither tag nor digest");
    EXPECT_EQ(error_of(R"({"type":"exactRepository","dockerRepository":"a.test/app:1"})").message,
              "identity.dockerRepository: has a tag or a digest");
    EXPECT_EQ(error_of(R"({"type":"remapIdentity","prefix":"app","signedPrefix":"a.test"})").message,
              "identity.prefix: not a registry, or a name in one");
}

} // namespace
} // namespace redoubt::oci::signature
