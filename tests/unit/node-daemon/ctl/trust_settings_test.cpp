// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/trust_settings.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <map>

#include "common/base/file.hpp"

namespace redoubt::ctl {
namespace {

using Variables = std::map<std::string, std::string>;

Environment of(Variables variables) {
    return [variables = std::move(variables)](const char* name) {
        const auto found = variables.find(name);
        return found == variables.end() ? std::string() : found->second;
    };
}

class TrustSettings : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = std::filesystem::temp_directory_path() / std::format("redoubt-trust-toml-{}", ::getpid());
        std::filesystem::create_directories(folder_);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    [[nodiscard]] std::filesystem::path file(std::string_view text) const {
        const auto path = folder_ / "trust.toml";
        EXPECT_TRUE(write_file(path, text));
        return path;
    }

    std::filesystem::path folder_;
};

TEST_F(TrustSettings, StandWhereOthersHaveTheirs) {
    EXPECT_EQ(trust_config_file(of({{"HOME", "/home/me"}})), "/home/me/.config/redoubt/trust.toml");
    EXPECT_EQ(trust_config_file(of({{"HOME", "/home/me"}, {"XDG_CONFIG_HOME", "/x"}})),
              "/x/redoubt/trust.toml");
    EXPECT_EQ(trust_config_file(of({{"HOME", "/home/me"}, {"XDG_CONFIG_HOME", "relative"}})),
              "/home/me/.config/redoubt/trust.toml");
    EXPECT_TRUE(trust_config_file(of({})).empty());
}

TEST_F(TrustSettings, AFlagGoesBeforeTheEnvironmentAndThatBeforeTheFile) {
    const auto path =
        file("kbs = \"https://file:1\"\nca = \"ca.pem\"\ntenant = \"of-file\"\ntoken_file = \"/t\"\n");
    const auto known =
        complete_connection({.tenant = "of-flag"}, of({{"REDOUBT_KBS", "https://env:2/"}}), path);
    ASSERT_TRUE(known) << known.error().message;
    EXPECT_EQ(known->kbs, "https://env:2");
    EXPECT_EQ(known->tenant, "of-flag");
    EXPECT_EQ(known->ca, (folder_ / "ca.pem").native());
    EXPECT_EQ(known->token_file, "/t");
}

TEST_F(TrustSettings, ACertificateAndItsKeyAreOfOnePlace) {
    const auto path = file("kbs = \"https://x\"\ncert = \"a.crt\"\nkey = \"a.key\"\n");
    const auto both = complete_connection({}, of({}), path);
    EXPECT_EQ(both->key, (folder_ / "a.key").native());
    const auto mixed = complete_connection({.certificate = "b.crt"}, of({}), path);
    ASSERT_FALSE(mixed);
    EXPECT_EQ(mixed.error().message, "--cert and --key belong together");
}

TEST_F(TrustSettings, ASecretGoesToNobodyElse) {
    const auto fault = [](const std::string& url) {
        const auto known = complete_connection({.kbs = url}, of({}), {});
        return known ? std::string() : known.error().message;
    };
    EXPECT_TRUE(fault("http://kbs.example").contains("plain HTTP"));
    EXPECT_TRUE(fault("http://127.0.0.1.example").contains("plain HTTP"));
    EXPECT_TRUE(fault("https://me:pw@kbs.example").contains("only https"));
    EXPECT_TRUE(fault("https://kbs.example/x").contains("only https"));
    EXPECT_FALSE(fault("ftp://kbs.example").empty());
    EXPECT_EQ(fault("http://127.0.0.1:8080"), "");
    EXPECT_EQ(fault("http://[::1]:8080"), "");
}

TEST_F(TrustSettings, SayWhatIsWrongWithThem) {
    EXPECT_TRUE(complete_connection({}, of({}), {}).error().message.contains("which key broker"));
    const auto path = file("kbss = \"https://x\"\n");
    EXPECT_TRUE(complete_connection({}, of({}), path).error().message.contains("did you mean"));
}

} // namespace
} // namespace redoubt::ctl
