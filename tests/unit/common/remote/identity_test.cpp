// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/remote/identity.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <cstdlib>

#include "common/base/file.hpp"
#include "common/crypto/certificate.hpp"

namespace redoubt::remote {
namespace {

struct IdentityFile : testing::Test {
    std::filesystem::path folder;
    std::filesystem::path file;
    void SetUp() override {
        std::string name = testing::TempDir() + "identity-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder = name;
        file = folder / "node-identity.json";
    }
    void TearDown() override { std::filesystem::remove_all(folder); }
    [[nodiscard]] Result<Identity> load() const { return load_or_make_identity(file, "redoubt-node"); }
};

TEST_F(IdentityFile, IsMadeOnceAndIsTheSameAfterwards) {
    const auto made = load();
    ASSERT_TRUE(made) << made.error().message;
    const auto again = load().value();
    EXPECT_EQ(made->fingerprint, again.fingerprint);
    EXPECT_EQ(made->key.view(), again.key.view());
    EXPECT_TRUE(crypto::check_pair(made->certificate, made->key.view()));
    EXPECT_EQ(crypto::read_certificate(made->certificate)->common_name, "redoubt-node");
}

TEST_F(IdentityFile, OneTextInPemFormIsAnIdentityInAnyOrder) {
    const auto made = load();
    ASSERT_TRUE(made) << made.error().message;
    const std::string key(made->key.view());
    for (const auto& text : {made->certificate + key, "a comment\n" + key + "\n" + made->certificate}) {
        const auto read = read_identity_pem(text);
        ASSERT_TRUE(read) << read.error().message;
        EXPECT_EQ(read->fingerprint, made->fingerprint);
        EXPECT_EQ(read->certificate, made->certificate);
        EXPECT_EQ(read->key.view(), key);
    }
}

TEST_F(IdentityFile, HalfAnIdentityAndTwoHalvesThatDoNotMatchAreRefused) {
    const auto made = load();
    ASSERT_TRUE(made) << made.error().message;
    const auto other = load_or_make_identity(folder / "other.json", "other").value();
    for (const auto& text : {std::string(), made->certificate, std::string(made->key.view()),
                             made->certificate + std::string(other.key.view()),
                             made->certificate + std::string(made->key.view()) + std::string(65536, ' ')}) {
        const auto read = read_identity_pem(text);
        ASSERT_FALSE(read) << text.substr(0, 100);
        EXPECT_EQ(read.error().code, Code::invalid_argument);
        EXPECT_EQ(read.error().message.find("BEGIN"), std::string::npos);
    }
}

TEST_F(IdentityFile, OnlyItsOwnerMayReadIt) {
    ASSERT_TRUE(load());
    struct stat info{};
    ASSERT_EQ(::stat(file.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U);
    ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
    EXPECT_EQ(load().error().code, Code::permission_denied);
}

TEST_F(IdentityFile, ADamagedOneIsRefusedWithWordsAndStays) {
    ASSERT_TRUE(load());
    for (const auto* damaged : {"", "{", "{\"v\":2}", "{\"v\":1,\"certificate\":\"x\",\"key\":\"y\"}"}) {
        ASSERT_TRUE(write_file(file, damaged, 0600));
        const auto loaded = load();
        ASSERT_FALSE(loaded) << damaged;
        EXPECT_EQ(loaded.error().code, Code::data_loss);
        EXPECT_NE(loaded.error().message.find("move the file away"), std::string::npos);
        EXPECT_EQ(read_file(file).value(), damaged);
    }
}

TEST_F(IdentityFile, ACertificateOfAnotherKeyIsRefused) {
    ASSERT_TRUE(load());
    auto text = read_file(file).value();
    const auto other = load_or_make_identity(folder / "other", "redoubt-node").value();
    std::string escaped;
    for (const char letter : other.certificate) escaped += letter == '\n' ? "\\n" : std::string(1, letter);
    const auto begin = text.find("-----BEGIN CERT");
    const auto end = text.find("\",", begin);
    text.replace(begin, end - begin, escaped);
    ASSERT_TRUE(write_file(file, text, 0600));
    EXPECT_EQ(load().error().code, Code::data_loss);
}

TEST_F(IdentityFile, AStartThatWasCutOffDoesNoHarm) {
    ASSERT_TRUE(write_file(folder / "node-identity.json.new", "half", 0600));
    EXPECT_TRUE(load());
}

} // namespace
} // namespace redoubt::remote
