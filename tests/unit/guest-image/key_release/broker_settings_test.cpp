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

} // namespace
} // namespace redoubt::guest::key_release
