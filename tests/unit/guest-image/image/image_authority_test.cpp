// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/image/image_authority.hpp"

#include <gtest/gtest.h>

#include <map>

#include "tests/unit/guest-image/image/image_maker.hpp"

namespace redoubt::guest::image {
namespace {

constexpr std::string_view k_manifest = "the manifest";
constexpr const char* k_tagged = "registry.example/app:1";

/// A broker with these values, which counts how often it is asked.
class Values final : public key_release::ResourceSource {
  public:
    Task<crypto::Secret> get(std::string uri) override {
        ++asked;
        const auto found = values.find(uri);
        if (found == values.end()) co_return fail(Code::permission_denied, "{}: the broker answers 401", uri);
        co_return crypto::Secret(std::string(found->second));
    }
    std::map<std::string, std::string> values;
    int asked = 0;
};

class ImageAuthorityTest : public ::testing::Test {
  protected:
    Status authorise(const std::string& reference) {
        BroughtImage image{reference, crypto::digest_of(k_manifest).value(), signatures_};
        return maker::await(authority_.authorise(std::move(image), broker_));
    }
    void ask_for(const std::string& requirement) {
        authority_ =
            ImageAuthority::make(
                {.policy = std::format(
                     R"({{"default":[{{"type":"reject"}}],"transports":{{"docker":{{"registry.example":[{}]}}}}}})",
                     requirement)})
                .value();
    }
    void expect_refused(const std::string& reference, Code code, const std::string& message) {
        const auto outcome = authorise(reference);
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error(), (Error{code, message}));
    }
    [[nodiscard]] std::string by_digest() const {
        return "registry.example/app@" + maker::digest_of(k_manifest);
    }
    void sign_it() { signatures_.push_back(maker::sign(k_manifest, key_)); }

    crypto::PrivateKey key_ = crypto::PrivateKey::generate(crypto::Curve::p256).value();
    std::vector<oci::signature::StoredSignature> signatures_;
    ImageAuthority authority_;
    Values values_;
    key_release::ResourceSource* broker_ = &values_;
};

constexpr const char* k_by_broker = R"({"type":"sigstoreSigned","keyPath":"kbs:///app/cosign/key"})";

TEST_F(ImageAuthorityTest, WithoutAPolicyTheDigestDecides) {
    EXPECT_TRUE(authorise(by_digest()));
    expect_refused(k_tagged, Code::failed_precondition,
                   "the reference names no digest, and initdata has no signature policy: nothing says which "
                   "image it may be");
}

TEST_F(ImageAuthorityTest, AnotherManifestThanTheDigestsIsNotItsImage) {
    expect_refused("registry.example/app@sha256:" + std::string(64, 'a'), Code::data_loss,
                   "its manifest is " + maker::digest_of(k_manifest));
}

TEST_F(ImageAuthorityTest, TakesWhatIsSignedByTheKeyFromTheBroker) {
    ask_for(k_by_broker);
    values_.values["kbs:///app/cosign/key"] = maker::pem_of(key_.public_key().value());
    sign_it();
    EXPECT_TRUE(authorise(k_tagged));
    EXPECT_TRUE(authorise(by_digest()));
}

TEST_F(ImageAuthorityTest, RefusesAnUnsignedImageAndAsksNobodyForTheKey) {
    ask_for(k_by_broker);
    const std::string words = "scope 'registry.example' wants a signature by kbs:///app/cosign/key: the "
                              "image comes with no signature";
    expect_refused(k_tagged, Code::permission_denied, words);
    // A digest that the policy of calls has let through is not what this policy asks for.
    expect_refused(by_digest(), Code::permission_denied, words);
    EXPECT_EQ(values_.asked, 0);
}

TEST_F(ImageAuthorityTest, RefusesAnotherKeysSignature) {
    ask_for(k_by_broker);
    values_.values["kbs:///app/cosign/key"] =
        maker::pem_of(crypto::PrivateKey::generate(crypto::Curve::p256).value().public_key().value());
    sign_it();
    expect_refused(
        k_tagged, Code::permission_denied,
        "scope 'registry.example' wants a signature by kbs:///app/cosign/key: none of the image's 1 "
        "signatures is of that key");
}

TEST_F(ImageAuthorityTest, RefusesASignatureUnderAnotherName) {
    ask_for(std::format(R"({{"type":"sigstoreSigned","keyData":"{}"}})",
                        encoding::to_base64(maker::pem_of(key_.public_key().value()))));
    signatures_.push_back(maker::sign(k_manifest, key_, "registry.example/other"));
    const auto digest = maker::digest_of(k_manifest);
    expect_refused(k_tagged, Code::permission_denied,
                   "scope 'registry.example' wants a signature by the key in keyData: that key signed "
                   "registry.example/other (" +
                       digest + "), not registry.example/app:1 (" + digest + ")");
}

TEST_F(ImageAuthorityTest, AnImageOfNoScopeIsForTheDefault) {
    ask_for(k_by_broker);
    sign_it();
    expect_refused("elsewhere.test/app:1", Code::permission_denied, "scope 'default' rejects every image");
}

TEST_F(ImageAuthorityTest, AcceptingAnythingLeavesTheDigestToDecide) {
    ask_for(R"({"type":"insecureAcceptAnything"})");
    EXPECT_TRUE(authorise(by_digest()));
    expect_refused(
        k_tagged, Code::failed_precondition,
        "scope 'registry.example' accepts anything, and the reference names no digest: nothing says "
        "which image it may be");
}

TEST_F(ImageAuthorityTest, AllRequirementsOfAScopeHaveToBeMet) {
    values_.values["kbs:///app/cosign/key"] = maker::pem_of(key_.public_key().value());
    sign_it();
    ask_for(std::string(k_by_broker) + R"(,{"type":"reject"})");
    expect_refused(k_tagged, Code::permission_denied, "scope 'registry.example' rejects every image");
    ask_for(R"({"type":"insecureAcceptAnything"},)" + std::string(k_by_broker));
    EXPECT_TRUE(authorise(k_tagged));
}

TEST_F(ImageAuthorityTest, SaysWhatItCannotCheck) {
    ask_for(R"({"type":"signedBy","keyType":"GPGKeys","keyPath":"kbs:///a/b/c"})");
    sign_it();
    expect_refused(
        by_digest(), Code::unimplemented,
        "scope 'registry.example' wants signedBy (simple signing by GPG keys), which is not implemented");
}

TEST_F(ImageAuthorityTest, RefusesWhenTheKeyCannotBeHad) {
    ask_for(k_by_broker);
    sign_it();
    const std::string in_front = "scope 'registry.example' wants a signature by kbs:///app/cosign/key: ";
    expect_refused(k_tagged, Code::permission_denied,
                   in_front + "kbs:///app/cosign/key: the broker answers 401");
    broker_ = nullptr;
    expect_refused(k_tagged, Code::failed_precondition,
                   in_front + "kbs:///app/cosign/key: this guest asks no broker");
}

TEST_F(ImageAuthorityTest, APolicyMayLieAtTheBrokerAndChangeThere) {
    authority_ = ImageAuthority::make({.policy_uri = "kbs:///app/policy/images"}).value();
    expect_refused(by_digest(), Code::permission_denied, "kbs:///app/policy/images: the broker answers 401");
    values_.values["kbs:///app/policy/images"] = "{";
    EXPECT_EQ(authorise(by_digest()).error().code, Code::invalid_argument);
    values_.values["kbs:///app/policy/images"] = maker::policy_for(key_.public_key().value());
    sign_it();
    EXPECT_TRUE(authorise(k_tagged));
    values_.values["kbs:///app/policy/images"] = R"({"default":[{"type":"reject"}]})";
    expect_refused(k_tagged, Code::permission_denied, "scope 'default' rejects every image");
}

TEST_F(ImageAuthorityTest, ANameWithoutARegistryIsOfNoScope) {
    ask_for(R"({"type":"insecureAcceptAnything"})");
    expect_refused("app@" + maker::digest_of(k_manifest), Code::invalid_argument,
                   "the reference names no registry, so no scope of a signature policy is its own");
}

TEST(ImageAuthority, IsNotMadeOfAPolicyThatIsWrong) {
    EXPECT_EQ(ImageAuthority::make({.policy = "{}"}).error().message, "signature policy.default: missing");
}

} // namespace
} // namespace redoubt::guest::image
