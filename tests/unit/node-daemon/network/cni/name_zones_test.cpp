// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/cni/name_zones.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include <filesystem>
#include <format>

#include "common/base/file.hpp"

namespace redoubt::node::network::cni {
namespace {

class NameZonesTest : public testing::Test {
  protected:
    void SetUp() override { std::filesystem::remove_all(folder_); }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    static AttachmentRecord make(const std::string& sandbox, const std::string& interface, int last) {
        const auto result = std::format(
            R"({{"cniVersion": "1.0.0", "ips": [{{"address": "10.1.0.{}/16", "gateway": "10.1.0.1"}},
                                                       {{"address": "fd00::{}/64", "gateway": "fd00::1"}}]}})",
            last, last);
        return {.list = make_default_conflist({.subnet = "10.1.0.0/16", .subnet6 = ""}),
                .target = {.sandbox = SandboxId(sandbox),
                           .interface = interface,
                           .network_namespace = "/run/netns/x",
                           .ports = {},
                           .names = {sandbox + "-name"}},
                .result = boost::json::parse(result).as_object()};
    }

    std::vector<std::string> published_names() const {
        std::vector<std::string> names;
        for (const auto& sandbox : zone_.sandboxes)
            names.insert(names.end(), sandbox.names.begin(), sandbox.names.end());
        return names;
    }

    std::filesystem::path folder_ = std::filesystem::path(testing::TempDir()) / "redoubt-name-zones";
    Attachments attachments_{folder_};
    NameZone zone_;
    Status outcome_;
    NameZones zones_{attachments_, [this](const NameZone& zone) {
                         zone_ = zone;
                         return outcome_;
                     }};
};

TEST_F(NameZonesTest, WhoComesIsNamedBesideThoseThatAnEarlierDaemonAttached) {
    ASSERT_TRUE(attachments_.save(make("b", "eth0", 3)));
    auto unfinished = make("c", "eth0", 4);
    unfinished.result.reset();
    ASSERT_TRUE(attachments_.save(unfinished));
    EXPECT_EQ(zones_.join(make("a", "eth0", 2)), std::vector<std::string>{"10.1.0.1"});
    EXPECT_EQ(published_names(), (std::vector<std::string>{"a-name", "b-name"}));
    EXPECT_EQ(zone_.sandboxes[0].addresses, (std::vector<std::string>{"10.1.0.2", "fd00::2"}));
    EXPECT_EQ(zone_.network, make("a", "eth0", 2).list.name);
}

TEST_F(NameZonesTest, WhoGoesIsNamedNoMore) {
    ASSERT_TRUE(zones_.join(make("a", "eth0", 2)));
    ASSERT_TRUE(zones_.join(make("a", "eth1", 3)));
    ASSERT_TRUE(zones_.leave(make("a", "eth0", 2)));
    ASSERT_EQ(zone_.sandboxes.size(), 1U);
    EXPECT_EQ(zone_.sandboxes[0].addresses.front(), "10.1.0.3");
    ASSERT_TRUE(zones_.leave(make("a", "eth1", 3)));
    EXPECT_TRUE(zone_.sandboxes.empty());
    EXPECT_TRUE(zones_.leave(make("a", "eth1", 3))) << "twice";
}

TEST_F(NameZonesTest, DamagedAttachmentsOfOthersAreInNobodysWay) {
    ASSERT_TRUE(attachments_.save(make("b", "eth0", 3)));
    ASSERT_TRUE(write_file(folder_ / "b+eth0.json", "{"));
    ASSERT_TRUE(zones_.join(make("a", "eth0", 2)));
    EXPECT_EQ(published_names(), std::vector<std::string>{"a-name"});
}

TEST_F(NameZonesTest, WhatCannotBePublishedIsAnErrorOfWhoComes) {
    outcome_ = fail(Code::unavailable, "it does not start");
    const auto joined = zones_.join(make("a", "eth0", 2));
    ASSERT_FALSE(joined);
    EXPECT_EQ(joined.error().code, Code::unavailable);
}

} // namespace
} // namespace redoubt::node::network::cni
