// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/initdata_secrets.hpp"

#include <gtest/gtest.h>

namespace redoubt::ctl {
namespace {

std::string found_in(std::string_view text) {
    const auto checked = refuse_secrets("cdh.toml", text);
    if (checked) return "";
    const auto& message = checked.error().message;
    EXPECT_FALSE(message.contains("hunter2")) << message;
    return message.substr(0, message.find(';'));
}

TEST(InitdataSecrets, AreFoundAndNotRepeated) {
    EXPECT_EQ(found_in("a = 1\n-----BEGIN EC PRIVATE KEY-----\n"),
              "cdh.toml:2: this looks like a private key");
    EXPECT_EQ(found_in("-----BEGIN PRIVATE KEY-----"), "cdh.toml:1: this looks like a private key");
    EXPECT_EQ(found_in("url = 'https://me:hunter2@example.org/x'"),
              "cdh.toml:1: this looks like a password in a URL");
    EXPECT_EQ(found_in("\n\npassword = \"hunter2\""), "cdh.toml:3: this looks like a password or a token");
    EXPECT_EQ(found_in("{\"Password\": \"hunter2\"}"), "cdh.toml:1: this looks like a password or a token");
    EXPECT_EQ(found_in("api-key := `hunter2`"), "cdh.toml:1: this looks like a password or a token");
    EXPECT_EQ(found_in("{\"kty\": \"EC\",\n\"d\": \"hunter2\"}"),
              "cdh.toml: this looks like a private key (JWK)");
}

TEST(InitdataSecrets, AreNotSeenInWhatBelongsThere) {
    for (const auto* text :
         {"[token_configs.kbs]\nurl = 'https://broker:8443'\ncert = '''-----BEGIN CERTIFICATE-----'''",
          "registry_credentials_uri = 'kbs:///default/credential/test'",
          "password = 'kbs:///default/password/1'", "password = ''", "default SetSecret := false",
          "mail = 'https://example.org/@me'", "secret_uri = 'x'", "token = 'sealed.abc.def'",
          "{\"kty\": \"EC\", \"x\": \"1\", \"y\": \"2\"}", ""})
        EXPECT_EQ(found_in(text), "") << text;
}

} // namespace
} // namespace redoubt::ctl
