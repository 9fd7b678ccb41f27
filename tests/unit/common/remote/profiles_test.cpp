// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/remote/profiles.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <cstdlib>

#include "common/base/file.hpp"

namespace redoubt::remote {
namespace {

Profile profile(std::string name, std::string address, char digit = 'a') {
    return {std::move(name), std::move(address),
            crypto::Digest::parse("sha256:" + std::string(64, digit)).value(), "admin"};
}

struct ProfilesFile : testing::Test {
    std::filesystem::path folder;
    std::filesystem::path file;
    void SetUp() override {
        std::string name = testing::TempDir() + "profiles-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder = name;
        file = folder / "redoubt" / "profiles.json";
    }
    void TearDown() override { std::filesystem::remove_all(folder); }
};

TEST_F(ProfilesFile, ThereAreNoneWithoutAFile) {
    EXPECT_TRUE(Profiles::load(file)->all().empty());
}

TEST_F(ProfilesFile, HasItsGoldenForm) {
    auto profiles = Profiles::load(file).value();
    ASSERT_TRUE(profiles.put(profile("box", "192.0.2.7:7443")));
    ASSERT_TRUE(profiles.save());
    EXPECT_EQ(read_file(file).value(), R"({"profiles":[{"address":"192.0.2.7:7443","fingerprint":"sha256:)" +
                                           std::string(64, 'a') +
                                           R"(","name":"box","role":"admin"}],"v":1})"
                                           "\n");
    struct stat info{};
    ASSERT_EQ(::stat(file.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U);
    const auto again = Profiles::load(file).value();
    ASSERT_EQ(again.all().size(), 1U);
    EXPECT_EQ(again.all()[0].fingerprint, profile("", "").fingerprint);
}

TEST_F(ProfilesFile, AreFoundByNameAndByAddress) {
    auto profiles = Profiles::load(file).value();
    ASSERT_TRUE(profiles.put(profile("box", "192.0.2.7:7443")));
    ASSERT_TRUE(profiles.put(profile("six", "[2001:db8::1]:7443")));
    EXPECT_EQ(profiles.find("box")->address, "192.0.2.7:7443");
    EXPECT_EQ(profiles.find("192.0.2.7")->name, "box");
    EXPECT_EQ(profiles.find("192.0.2.7:7443")->name, "box");
    EXPECT_EQ(profiles.find("2001:db8::1")->name, "six");
    EXPECT_EQ(profiles.find("192.0.2.7:1").error().code, Code::not_found);
    ASSERT_TRUE(profiles.put(profile("other", "192.0.2.7:7443", 'b')));
    EXPECT_EQ(profiles.find("192.0.2.7").error().code, Code::invalid_argument)
        << "which of the two is not said";
}

TEST_F(ProfilesFile, OneOfANameIsReplaced) {
    auto profiles = Profiles::load(file).value();
    ASSERT_TRUE(profiles.put(profile("box", "192.0.2.7:7443")));
    ASSERT_TRUE(profiles.put(profile("box", "192.0.2.8:7443")));
    EXPECT_EQ(profiles.all().size(), 1U);
    ASSERT_TRUE(profiles.remove("box"));
    EXPECT_EQ(profiles.remove("box").error().code, Code::not_found);
}

TEST_F(ProfilesFile, WhatIsWrongIsNamed) {
    std::filesystem::create_directories(file.parent_path());
    for (const auto* wrong :
         {"{", "{\"v\":2,\"profiles\":[]}", "{\"v\":1}",
          "{\"v\":1,\"profiles\":[{\"name\":\"a b\",\"address\":\"x:1\"}]}",
          "{\"v\":1,\"profiles\":[{\"name\":\"a\",\"address\":\"x:1\",\"fingerprint\":\"sha256:1\"}]}"}) {
        ASSERT_TRUE(write_file(file, wrong));
        const auto loaded = Profiles::load(file);
        ASSERT_FALSE(loaded) << wrong;
        EXPECT_TRUE(loaded.error().message.starts_with(file.native())) << loaded.error().message;
    }
}

TEST(Profiles, TheirFolderIsThatOfTheConfiguration) {
    const auto with = [](const std::string& xdg, const std::string& home) {
        return config_folder([=](const char* name) { return name == std::string("HOME") ? home : xdg; });
    };
    EXPECT_EQ(with("/x", "/home/a").value(), "/x/redoubt");
    EXPECT_EQ(with("", "/home/a").value(), "/home/a/.config/redoubt");
    EXPECT_EQ(with("relative", "").error().code, Code::failed_precondition);
}

} // namespace
} // namespace redoubt::remote
