// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/oci/signature/signature_policy.hpp"

#include <gtest/gtest.h>

#include <format>

#include "common/encoding/base64.hpp"

namespace redoubt::oci::signature {
namespace {

constexpr std::string_view k_reject = R"([{"type":"reject"}])";
const std::string k_pem = "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n";

/// A policy that rejects all but what `scopes` say of the transport docker.
std::string policy_of(std::string_view scopes) {
    return std::format(R"({{"default":{},"transports":{{"docker":{{{}}}}}}})", k_reject, scopes);
}
SignaturePolicy parsed(std::string_view scopes) {
    return SignaturePolicy::parse(policy_of(scopes)).value();
}
std::string scope_of(const SignaturePolicy& policy, std::string_view reference) {
    return policy.scope_of(parse_reference(reference).value()).name;
}
/// The one requirement of registry.example.
Result<Requirement> requirement_of(std::string_view json) {
    RDT_TRY(const auto policy,
            SignaturePolicy::parse(policy_of(std::format(R"("registry.example":[{}])", json))));
    return policy.scope_of(parse_reference("registry.example/app").value()).requirements.front();
}
void expect_refused(std::string_view text, Code code, const std::string& message) {
    const auto policy = SignaturePolicy::parse(text);
    ASSERT_FALSE(policy);
    EXPECT_EQ(policy.error(), (Error{code, message}));
}
void expect_bad_requirement(std::string_view json, const std::string& message) {
    const auto requirement = requirement_of(json);
    ASSERT_FALSE(requirement);
    EXPECT_EQ(
        requirement.error(),
        (Error{Code::invalid_argument, "signature policy.transports.docker.registry.example[0]" + message}));
}

TEST(SignaturePolicy, DecidesByTheNearestScope) {
    const auto all = std::format(
        R"("":{0},"*.example":{0},"registry.example":{0},"registry.example/team":{0},"registry.example/team/app":{0},"registry.example/team/app:1":{0})",
        k_reject);
    const auto policy = parsed(all);
    EXPECT_EQ(scope_of(policy, "registry.example/team/app:1"), "registry.example/team/app:1");
    EXPECT_EQ(scope_of(policy, "registry.example/team/app:2"), "registry.example/team/app");
    EXPECT_EQ(scope_of(policy, "registry.example/team/other:1"), "registry.example/team");
    EXPECT_EQ(scope_of(policy, "registry.example/teams/app"), "registry.example");
    EXPECT_EQ(scope_of(policy, "mirror.registry.example/app"), "*.example");
    EXPECT_EQ(scope_of(policy, "elsewhere.test/app"), "");
}

TEST(SignaturePolicy, FallsBackToTheDefaultOfAllTransports) {
    EXPECT_EQ(scope_of(parsed(""), "registry.example/app"), "default");
    const auto bare = SignaturePolicy::parse(std::format(R"({{"default":{}}})", k_reject)).value();
    EXPECT_EQ(scope_of(bare, "registry.example/app"), "default");
}

TEST(SignaturePolicy, ListsTheNamesOfAnImageNearestFirst) {
    EXPECT_EQ(
        list_scopes(parse_reference("a.b.example:5000/team/app").value()),
        (std::vector<std::string>{"a.b.example:5000/team/app:latest", "a.b.example:5000/team/app",
                                  "a.b.example:5000/team", "a.b.example:5000", "*.b.example", "*.example"}));
    const auto digest = "sha256:" + std::string(64, 'a');
    EXPECT_EQ(list_scopes(parse_reference("[::1]:5000/app@" + digest).value()),
              (std::vector<std::string>{"[::1]:5000/app@" + digest, "[::1]:5000/app", "[::1]:5000"}));
}

TEST(SignaturePolicy, ReadsEachKindOfRequirement) {
    EXPECT_EQ(requirement_of(R"({"type":"insecureAcceptAnything"})"), Requirement(AcceptAnything{}));
    EXPECT_EQ(requirement_of(R"({"type":"reject"})"), Requirement(RejectAll{}));
    const IdentityRule repository{.match = IdentityMatch::repository};
    EXPECT_EQ(
        requirement_of(
            R"({"type":"sigstoreSigned","keyPath":"kbs:///a/b/c","signedIdentity":{"type":"matchRepository"}})"),
        Requirement((SigstoreSigned{.keys = {{.uri = "kbs:///a/b/c"}}, .identity = repository})));
    EXPECT_EQ(requirement_of(R"({"type":"sigstoreSigned","keyPaths":["kbs:///a/b/c","kbs:///a/b/d"]})"),
              Requirement((SigstoreSigned{.keys = {{.uri = "kbs:///a/b/c"}, {.uri = "kbs:///a/b/d"}}})));
}

TEST(SignaturePolicy, TakesAKeyItselfInBothItsForms) {
    const Requirement wanted(SigstoreSigned{.keys = {{.pem = k_pem}}});
    EXPECT_EQ(requirement_of(
                  std::format(R"({{"type":"sigstoreSigned","keyData":"{}"}})", encoding::to_base64(k_pem))),
              wanted);
    auto escaped = k_pem;
    for (auto at = escaped.find('\n'); at != std::string::npos; at = escaped.find('\n', at))
        escaped.replace(at, 1, "\\n");
    EXPECT_EQ(requirement_of(std::format(R"({{"type":"sigstoreSigned","keyData":"{}"}})", escaped)), wanted);
}

TEST(SignaturePolicy, KnowsWhatItCannotCheckAndTakesNothingByIt) {
    EXPECT_EQ(requirement_of(R"({"type":"signedBy","keyType":"GPGKeys","keyPath":"kbs:///a/b/c"})"),
              Requirement(NotImplemented{"signedBy (simple signing by GPG keys)"}));
    EXPECT_EQ(requirement_of(R"({"type":"sigstoreSigned","fulcio":{},"rekorPublicKeyData":"x"})"),
              Requirement(NotImplemented{"sigstoreSigned with fulcio"}));
}

TEST(SignaturePolicy, IsRefusedWhenItSaysWhatNobodyReads) {
    expect_bad_requirement(R"({"type":"sigstoreSigned","keypath":"kbs:///a/b/c"})",
                           ": has a member 'keypath' that is not known");
    expect_bad_requirement(R"({"type":"reject","scope":"x"})", ": has a member 'scope' that is not known");
    expect_bad_requirement(R"({"type":"signed"})", ".type: 'signed' is no kind of requirement");
    expect_bad_requirement(R"({"keyPath":"kbs:///a/b/c"})", ".type: missing");
}

TEST(SignaturePolicy, IsRefusedWithoutExactlyOneSourceOfKeys) {
    const std::string words = ": one of keyPath, keyPaths, keyData and keyDatas is needed";
    expect_bad_requirement(R"({"type":"sigstoreSigned"})", words);
    expect_bad_requirement(R"({"type":"sigstoreSigned","keyPath":"kbs:///a/b/c","keyData":"x"})", words);
    expect_bad_requirement(R"({"type":"sigstoreSigned","keyPaths":[]})", ".keyPaths: is empty");
    expect_bad_requirement(R"({"type":"sigstoreSigned","keyPath":"/etc/cosign.pub"})",
                           ".keyPath: not kbs:///REPOSITORY/TYPE/TAG: a guest has no files with keys");
    expect_bad_requirement(R"({"type":"sigstoreSigned","keyData":"YWJj"})",
                           ".keyData: neither a key in PEM nor base64 of one");
}

TEST(SignaturePolicy, IsRefusedWithoutADefault) {
    expect_refused("{}", Code::invalid_argument, "signature policy.default: missing");
    expect_refused(R"({"default":[]})", Code::invalid_argument,
                   "signature policy.default: is empty: no requirement would be one that all images meet");
}

TEST(SignaturePolicy, IsRefusedWithAScopeThatNoImageHas) {
    for (const auto* name : {"busybox", "Registry.example/App", "registry.example/", "*", "*.a/b", "a b"})
        expect_refused(
            policy_of(std::format(R"("{}":{})", name, k_reject)), Code::invalid_argument,
            std::format("signature policy.transports.docker: '{}' is not a registry, or a name in one",
                        name));
}

TEST(SignaturePolicy, IsRefusedWhenOneScopeStandsThereTwice) {
    EXPECT_FALSE(SignaturePolicy::parse(policy_of(std::format(R"("a.test":{0},"a.test":{0})", k_reject))));
}

TEST(SignaturePolicy, PassesOverOtherTransports) {
    EXPECT_TRUE(SignaturePolicy::parse(std::format(
        R"({{"default":{},"transports":{{"docker-daemon":{{"":[{{"type":"else"}}]}}}}}})", k_reject)));
}

TEST(SignaturePolicy, IsRefusedBeyondItsLimits) {
    std::string many;
    for (int i = 0; i < 17; ++i) many += std::string(i > 0 ? "," : "") + R"({"type":"reject"})";
    expect_refused(policy_of(std::format(R"("a.test":[{}])", many)), Code::resource_exhausted,
                   "signature policy.transports.docker.a.test: more than 16 requirements");
    EXPECT_EQ(SignaturePolicy::parse(std::string(k_max_policy_bytes + 1, ' ')).error().code,
              Code::resource_exhausted);
}

} // namespace
} // namespace redoubt::oci::signature
