// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/signed_image.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <format>

#include "common/base/file.hpp"

namespace redoubt::ctl {
namespace {

namespace fs = std::filesystem;

class SignedImageTest : public ::testing::Test {
  protected:
    SignedImageTest() {
        auto name = (fs::temp_directory_path() / "signed-image-XXXXXX").native();
        folder_ = ::mkdtemp(name.data());
        fs::create_directories(folder_ / "blobs/sha256");
        digest_ = crypto::digest_of("manifest").value().str();
        EXPECT_TRUE(write_file(
            folder_ / "index.json",
            std::format(R"({{"schemaVersion":2,"manifests":[{{"mediaType":"{}","digest":"{}","size":8,)"
                        R"("annotations":{{"org.opencontainers.image.ref.name":"v1"}}}}]}})",
                        oci::k_oci_manifest, digest_)));
        wish_.place = {.path = folder_};
        wish_.reference = "registry.example/app";
    }
    ~SignedImageTest() override { fs::remove_all(folder_); }
    SignedImageTest(const SignedImageTest&) = delete;
    SignedImageTest& operator=(const SignedImageTest&) = delete;

    static crypto::PrivateKey new_key() { return crypto::PrivateKey::generate(crypto::Curve::p256).value(); }

    fs::path folder_;
    std::string digest_;
    SignatureWish wish_;
    crypto::PrivateKey key_ = new_key();
    crypto::PublicKey public_key_ = key_.public_key().value();
};

TEST_F(SignedImageTest, IsVerifiedByItsKey) {
    const auto made = sign_image(wish_, key_);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->manifest_digest, digest_);
    EXPECT_EQ(made->tag, "sha256-" + digest_.substr(7) + ".sig");
    wish_.place.tag = "v1";
    const auto good = verify_image(wish_, public_key_);
    ASSERT_TRUE(good) << good.error().message;
    EXPECT_EQ(good->size(), 1U);
    EXPECT_EQ(good->front().reference, "registry.example/app");
}

TEST_F(SignedImageTest, IsRefusedForAnotherKey) {
    ASSERT_TRUE(sign_image(wish_, key_));
    EXPECT_EQ(
        verify_image(wish_, new_key().public_key().value()).error(),
        (Error{Code::permission_denied, "none of the 1 signatures of image " + digest_ + " is of this key"}));
}

TEST_F(SignedImageTest, IsRefusedUnderAnotherName) {
    ASSERT_TRUE(sign_image(wish_, key_));
    wish_.reference = "registry.example/other";
    EXPECT_EQ(verify_image(wish_, public_key_).error(),
              (Error{Code::permission_denied, "this key signed registry.example/app@" + digest_ +
                                                  ", not registry.example/other@" + digest_}));
    wish_.reference = "";
    EXPECT_TRUE(verify_image(wish_, public_key_));
}

TEST_F(SignedImageTest, MayHaveSeveralSigners) {
    const auto other = new_key();
    ASSERT_TRUE(sign_image(wish_, key_));
    ASSERT_TRUE(sign_image(wish_, other));
    EXPECT_TRUE(verify_image(wish_, public_key_));
    EXPECT_TRUE(verify_image(wish_, other.public_key().value()));
}

TEST_F(SignedImageTest, WithoutASignatureIsRefused) {
    EXPECT_EQ(verify_image(wish_, public_key_).error(),
              (Error{Code::not_found, "image " + digest_ + " has no signatures"}));
}

TEST_F(SignedImageTest, ThatWasChangedSinceHasNoSignatures) {
    ASSERT_TRUE(sign_image(wish_, key_));
    auto index = read_file(folder_ / "index.json").value();
    const auto other = crypto::digest_of("another").value().str();
    index.replace(index.find(digest_), digest_.size(), other);
    ASSERT_TRUE(write_file(folder_ / "index.json", index));
    wish_.place.tag = "v1";
    EXPECT_EQ(verify_image(wish_, public_key_).error(),
              (Error{Code::not_found, "image " + other + " has no signatures"}));
}

TEST_F(SignedImageTest, InAnArchiveIsNotImplemented) {
    wish_.place.kind = ImagePlace::Kind::archive;
    EXPECT_EQ(sign_image(wish_, key_).error().code, Code::unimplemented);
}

} // namespace
} // namespace redoubt::ctl
