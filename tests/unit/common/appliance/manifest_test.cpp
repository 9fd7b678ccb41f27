// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/appliance/manifest.hpp"

#include <gmock/gmock.h>
#include <openssl/evp.h>

#include <format>
#include <string>

namespace redoubt::appliance {
namespace {

using testing::HasSubstr;

std::string file(std::string_view part, std::string_view name = "a.raw") {
    return std::format(R"({{"part":"{}","name":"{}","bytes":4096,"sha256":"{}"}})", part, name,
                       std::string(64, 'a'));
}

std::string manifest(const std::string& files, std::string_view hash = {}) {
    return std::format(R"({{"redoubt-payload":1,"version":"0.1.0","usr-hash":"{}","files":[{}]}})",
                       hash.empty() ? std::string(64, '0') : std::string(hash), files);
}

std::string all_files() {
    std::string text;
    for (const auto* part : {"usr", "usr-verity", "usr-verity-sig", "kernel", "boot-loader", "secure-boot-pk",
                             "secure-boot-kek", "secure-boot-db"}) {
        text += (text.empty() ? "" : ",") + file(part);
    }
    return text;
}

std::string refusal(const std::string& text) {
    const auto parsed = parse_manifest(text);
    return parsed ? "(accepted)" : parsed.error().message;
}

TEST(Manifest, WithEveryPartOnceIsRead) {
    const auto parsed = parse_manifest(manifest(all_files()));
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->version, "0.1.0");
    EXPECT_EQ(parsed->file(Part::kernel).bytes, 4096U);
}

TEST(Manifest, ThatLacksAPartOrHasItTwiceIsRefused) {
    EXPECT_THAT(refusal(manifest(file("usr"))), HasSubstr("part 'usr-verity' is there 0 times"));
    EXPECT_THAT(refusal(manifest(all_files() + "," + file("kernel"))),
                HasSubstr("part 'kernel' is there 2 times"));
}

TEST(Manifest, WhoseFilesLeadElsewhereIsRefused) {
    EXPECT_THAT(refusal(manifest(file("usr", "../a"))),
                HasSubstr("manifest.files[0].name: not a plain file name"));
    EXPECT_THAT(refusal(manifest(file("usr", ".a"))), HasSubstr("not a plain file name"));
}

TEST(Manifest, OfAnotherFormatOrWithMoreThanItsFieldsIsRefused) {
    EXPECT_THAT(refusal(R"({"redoubt-payload":2})"), HasSubstr("manifest.redoubt-payload"));
    EXPECT_THAT(refusal(R"({"redoubt-payload":1,"more":1})"), HasSubstr("manifest.more: no such field"));
    EXPECT_THAT(refusal(manifest(all_files(), "12")), HasSubstr("manifest.usr-hash: not 64 hex digits"));
}

class SignedManifest : public testing::Test {
  protected:
    SignedManifest() : native_(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), &EVP_PKEY_free) {}

    std::string sign(const std::string& text) {
        const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                              &EVP_MD_CTX_free);
        std::string signature(64, '\0');
        std::size_t size = signature.size();
        EXPECT_EQ(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, native_.get()), 1);
        EXPECT_EQ(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                                 reinterpret_cast<const unsigned char*>(text.data()), text.size()),
                  1);
        return signature;
    }
    crypto::PublicKey key() {
        EVP_PKEY_up_ref(native_.get());
        return crypto::PublicKey(native_.get());
    }

  private:
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> native_;
};

TEST_F(SignedManifest, IsBelievedAsItWasSignedAndNotWithAnotherByte) {
    const auto signature = sign("text");
    EXPECT_TRUE(check_signature("text", signature, key()));
    EXPECT_FALSE(check_signature("texT", signature, key()));
    EXPECT_FALSE(check_signature("text", signature.substr(1), key()));
    EXPECT_FALSE(check_signature("text", "", key()));
}

} // namespace
} // namespace redoubt::appliance
