// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/key_release/broker_settings.hpp"

#include <gtest/gtest.h>

#include <string>

namespace redoubt::guest::key_release {
namespace {

std::string settings(const std::string& url, const std::string& cert = "-----BEGIN CERTIFICATE-----") {
    return "[token_configs.kbs]\nurl = \"" + url + "\"\ncert = \"\"\"\n" + cert + "\n\"\"\"\n";
}

TEST(BrokerSettings, AreTheUrlAndTheCertificateOfInitdata) {
    const auto read = parse_broker_settings(settings("https://broker.test:8443/tenants/blue/") +
                                            "[token_configs.coco_as]\nurl = \"https://other\"\n");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->url.host, "broker.test");
    EXPECT_EQ(read->url.port, 8443);
    EXPECT_EQ(read->url.target, "/tenants/blue");
    EXPECT_TRUE(read->certificates.contains("BEGIN CERTIFICATE"));
    EXPECT_EQ(parse_broker_settings(settings("https://broker.test")).value().url.target, "");
}

TEST(BrokerSettings, AreRefusedWithoutTlsOrACertificate) {
    EXPECT_EQ(parse_broker_settings(settings("http://broker")).error().code, Code::invalid_argument);
    EXPECT_EQ(parse_broker_settings(settings("https://broker", "none")).error().code, Code::invalid_argument);
    EXPECT_EQ(parse_broker_settings("[token_configs.kbs]\nurl = 7\n").error().code, Code::invalid_argument);
    EXPECT_EQ(parse_broker_settings("").error().code, Code::failed_precondition);
    EXPECT_FALSE(parse_broker_settings("["));
}

TEST(ResourcePath, IsWhatFollowsTheHost) {
    EXPECT_EQ(resource_path("kbs:///repo/type/tag"), "repo/type/tag");
    EXPECT_EQ(resource_path("kbs://broker.test:80/my-repo/k_1/v1.2"), "my-repo/k_1/v1.2");
}

TEST(ResourcePath, IsOfThreePartsWithoutAnythingElse) {
    for (const std::string text : {"", "kbs://", "kbs:///", "kbs:///a/b", "kbs:///a/b/", "kbs:///a/b/c/d",
                                   "kbs:///a//c", "kbs:///../b/c", "kbs:///a/b/c?x=y", "kbs:///a/b/c%2fd",
                                   "kbs:///a/b/c d", "http:///a/b/c", "kbs:///a/b/c\r\nX: y"})
        EXPECT_EQ(resource_path(text).error().code, Code::invalid_argument) << text;
    EXPECT_FALSE(resource_path("kbs:///a/b/" + std::string(2000, 'c')));
}

} // namespace
} // namespace redoubt::guest::key_release
