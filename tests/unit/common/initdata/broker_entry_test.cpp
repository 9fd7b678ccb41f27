// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/initdata/broker_entry.hpp"

#include <gtest/gtest.h>

namespace redoubt::initdata {
namespace {

TEST(BrokerEntry, HasUrlAndCertificatesAndPassesOverTheRest) {
    const auto entry =
        parse_broker_entry(
            "[token_configs.kbs]\nurl = \"https://b:8443\"\ncert = \"PEM\"\n[eventlog_config]\n"
            "init_pcr = 17\n")
            .value();
    EXPECT_EQ(entry.url, "https://b:8443");
    EXPECT_EQ(entry.certificates, "PEM");
}

TEST(BrokerEntry, IsEmptyWhereNothingIsSaid) {
    const auto entry = parse_broker_entry("[token_configs.coco_as]\nurl = \"https://other\"\n").value();
    EXPECT_EQ(entry.url + entry.certificates, "");
}

TEST(BrokerEntry, RefusesWhatIsNoText) {
    EXPECT_EQ(parse_broker_entry("[token_configs.kbs]\nurl = 7\n").error(),
              (Error{Code::invalid_argument, "aa.toml: token_configs.kbs.url is no text"}));
    EXPECT_EQ(parse_broker_entry("[token_configs").error().code, Code::invalid_argument);
}

} // namespace
} // namespace redoubt::initdata
