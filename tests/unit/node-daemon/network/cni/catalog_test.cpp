// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/cni/catalog.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <optional>

#include "common/base/file.hpp"
#include "node-daemon/network/cni/name_service.hpp"
#include "node-daemon/network/cni/subnet.hpp"

namespace redoubt::node::network::cni {
namespace {

TEST(Subnet, IsReadStrictly) {
    EXPECT_EQ(parse_subnet("10.89.0.0/24")->prefix, 24U);
    EXPECT_TRUE(parse_subnet("fd00:1::/64")->is_v6);
    for (const auto* text : {"", "10.0.0.0", "10.0.0.0/0", "10.0.0.0/31", "10.0.0.0/33", "10.0.0.0/x",
                             "10.0.0.1/24", "fd00::1/64", "x/24", "10.0.0.0/24 "})
        EXPECT_FALSE(parse_subnet(text)) << text;
}

TEST(Subnet, FindsOverlapsAndAFreeOne) {
    const auto subnet = [](const char* text) { return parse_subnet(text).value(); };
    EXPECT_TRUE(overlap(subnet("10.0.0.0/8"), subnet("10.89.0.0/24")));
    EXPECT_TRUE(overlap(subnet("10.89.0.0/24"), subnet("10.89.0.0/16")));
    EXPECT_FALSE(overlap(subnet("10.89.0.0/24"), subnet("10.89.1.0/24")));
    EXPECT_FALSE(overlap(subnet("10.0.0.0/8"), subnet("fd00::/64")));
    EXPECT_EQ(find_free_subnet({}), "10.89.0.0/24");
    EXPECT_EQ(find_free_subnet({subnet("10.88.0.0/15"), subnet("10.90.0.128/25")}), "10.91.0.0/24");
    EXPECT_FALSE(find_free_subnet({subnet("10.0.0.0/8")}));
}

TEST(NameZone, HasALineASandbox) {
    const NameZone zone{.network = "n",
                        .listeners = {"10.0.0.1"},
                        .sandboxes = {{SandboxId("a"), {"10.0.0.2", "fd00::2"}, {"web", "web-main"}},
                                      {SandboxId("b"), {"10.0.0.3"}, {"db"}},
                                      {SandboxId("c"), {"10.0.0.4"}, {"two words", "x,y", ".", "", "ok_1"}},
                                      {SandboxId("d"), {"10.0.0.5"}, {}}}};
    EXPECT_EQ(render_zone(zone),
              "10.0.0.1\na 10.0.0.2 fd00::2 web,web-main\nb 10.0.0.3  db\nc 10.0.0.4  ok_1\n");
}

class Catalog : public testing::Test {
  protected:
    void SetUp() override { std::filesystem::remove_all(folder_); }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    template <class T>
    Result<T> run(Task<T> task) {
        std::optional<Result<T>> out;
        asio::co_spawn(context_, std::move(task),
                       [&](const std::exception_ptr&, Result<T> value) { out = std::move(value); });
        context_.restart();
        context_.run();
        return std::move(*out);
    }

    asio::io_context context_;
    std::filesystem::path folder_ = std::filesystem::path(testing::TempDir()) / "redoubt-catalog";
    CniCatalog catalog_{folder_, {.subnet = "10.87.0.0/16"}, ""};
};

TEST_F(Catalog, MakesListsAndRemovesNetworks) {
    const auto made = run(catalog_.create({.name = "back"}));
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->subnets, std::vector<std::string>{"10.89.0.0/24"});
    EXPECT_TRUE(made->is_made_here);
    EXPECT_EQ(made->plugins, (std::vector<std::string>{"bridge", "portmap", "firewall"}));
    EXPECT_LE(made->bridge.size(), 15U);
    const auto other =
        run(catalog_.create({.subnets = {"10.91.0.0/24", "fd00:91::/64"}, .is_internal = true}));
    ASSERT_TRUE(other) << other.error().message;
    EXPECT_TRUE(other->name.starts_with("net-"));
    const auto listed = run(catalog_.list());
    ASSERT_EQ(listed->networks.size(), 3U);
    EXPECT_EQ(listed->networks[0].name, "redoubt");
    EXPECT_TRUE(listed->networks[0].is_default);
    EXPECT_EQ(run(catalog_.create({.name = "back"})).error().code, Code::already_exists);
    EXPECT_EQ(run(catalog_.create({.name = "x", .subnets = {"10.87.4.0/24"}})).error().code,
              Code::already_exists);
    EXPECT_EQ(run(catalog_.create({.name = "../x"})).error().code, Code::invalid_argument);
    EXPECT_EQ(run(catalog_.create({.name = "x", .mtu = 5})).error().code, Code::invalid_argument);
    EXPECT_EQ(run(catalog_.remove("redoubt")).error().code, Code::failed_precondition);
    EXPECT_EQ(run(catalog_.remove("none")).error().code, Code::not_found);
    ASSERT_TRUE(run(catalog_.remove("back")));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "back.conflist"));
}

TEST_F(Catalog, LeavesAnOperatorsNetworksAlone) {
    std::filesystem::create_directories(folder_);
    ASSERT_TRUE(write_file(
        folder_ / "lan.conflist",
        R"({"cniVersion":"1.0.0","name":"lan","io.redoubt":{"names":true},"plugins":[{"type":"macvlan"}]})"));
    const auto listed = run(catalog_.list());
    ASSERT_EQ(listed->networks.size(), 2U);
    EXPECT_EQ(listed->networks[1].plugins, std::vector<std::string>{"macvlan"});
    EXPECT_EQ(run(catalog_.remove("lan")).error().code, Code::failed_precondition);
}

TEST(Bandwidth, PluginIsAddedOnce) {
    auto list = make_default_conflist({.subnet = "10.1.0.0/16"});
    list = with_bandwidth(std::move(list)).value();
    list = with_bandwidth(std::move(list)).value();
    ASSERT_EQ(list.plugins.size(), 4U);
    const auto again = parse_conflist("list", list.text);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->plugins.size(), 4U);
    EXPECT_TRUE(again->has_names);
}

} // namespace
} // namespace redoubt::node::network::cni
