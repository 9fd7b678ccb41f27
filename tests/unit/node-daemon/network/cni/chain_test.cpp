// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/cni/chain.hpp"

#include <gtest/gtest.h>

#include <array>
#include <thread>
#include <vector>

#include "common/base/file.hpp"

namespace redoubt::node::network::cni {
namespace {

/// Plugins as shell scripts that write down how they were called.
class Chain : public testing::Test {
  protected:
    void SetUp() override {
        folder_ =
            std::filesystem::path(testing::TempDir()) /
            (std::string("redoubt-chain-") + testing::UnitTest::GetInstance()->current_test_info()->name());
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
        host_.folders = {"/nonexistent", folder_};
        target_ = {.sandbox = SandboxId("ab12"),
                   .interface = "eth0",
                   .network_namespace = "/run/netns/x",
                   .ports = {{.host_ip = "", .host_port = 8080, .container_port = 80, .protocol = "tcp"}}};
        for (const auto* name : {"one", "two", "three"}) plugin(name, success(name));
        list_ = parse_conflist("list", R"({"cniVersion":"1.0.0","name":"lan","plugins":[{"type":"one","x":1},
            {"type":"two","capabilities":{"portMappings":true,"mac":true}},{"type":"three"}]})")
                    .value();
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    static std::string success(const std::string& name) {
        return R"([ "$CNI_COMMAND" = ADD ] && echo '{"cniVersion":"1.0.0","ips":[],"by":")" + name +
               R"("}'; exit 0)";
    }
    void plugin(const std::string& name, const std::string& script) {
        const std::string head = "#!/bin/sh\necho \"" + name +
                                 " $CNI_COMMAND $CNI_CONTAINERID $CNI_IFNAME $CNI_NETNS $(cat)\" >>" +
                                 (folder_ / "calls").native() + "\n";
        ASSERT_TRUE(write_file(folder_ / name, head + script + "\n", 0755));
    }
    /// "one ADD two ADD ..." and the whole lines.
    std::vector<std::string> calls() const {
        std::vector<std::string> lines;
        auto text = read_file(folder_ / "calls").value_or("");
        for (std::size_t end = 0; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1))
            lines.push_back(text.substr(0, end));
        return lines;
    }
    std::string order() const {
        std::string text;
        for (const auto& line : calls()) text += line.substr(0, line.find(" ab12")) + ", ";
        return text;
    }

    std::filesystem::path folder_;
    PluginHost host_;
    ChainTarget target_;
    Conflist list_;
};

TEST_F(Chain, AddGivesEachPluginTheResultOfTheOneBefore) {
    const auto result = add_to_network(host_, list_, target_);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(result->raw.at("by"), "three");
    const auto lines = calls();
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_EQ(lines[0],
              R"(one ADD ab12 eth0 /run/netns/x {"type":"one","x":1,"name":"lan","cniVersion":"1.0.0"})");
    EXPECT_EQ(
        lines[1],
        R"(two ADD ab12 eth0 /run/netns/x {"type":"two","name":"lan","cniVersion":"1.0.0","runtimeConfig":)"
        R"({"portMappings":[{"hostPort":8080,"containerPort":80,"protocol":"tcp"}]},)"
        R"("prevResult":{"cniVersion":"1.0.0","ips":[],"by":"one"}})");
    EXPECT_NE(lines[2].find(R"("by":"two")"), std::string::npos);
    EXPECT_EQ(lines[2].find("runtimeConfig"), std::string::npos) << "it did not ask for it";
}

TEST_F(Chain, PortsThatNoPluginMapsAreRefusedBeforeAnyIsCalled) {
    list_.plugins.at(1).erase("capabilities");
    const auto added = add_to_network(host_, list_, target_);
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code, Code::failed_precondition);
    EXPECT_EQ(added.error().message,
              "ports cannot be mapped: no plugin of its configuration has the capability portMappings");
    EXPECT_FALSE(std::filesystem::exists(folder_ / "calls"));
    target_.ports.clear();
    EXPECT_TRUE(add_to_network(host_, list_, target_));
}

TEST_F(Chain, AFailureAtAnyPluginTakesAllBack) {
    for (const std::string failing : {"one", "two", "three"}) {
        SCOPED_TRACE(failing);
        SetUp();
        plugin(failing, R"([ "$CNI_COMMAND" = ADD ] || exit 0; echo '{"code":7,"msg":"no"}'; exit 1)");
        const auto result = add_to_network(host_, list_, target_);
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().message, "plugin " + failing + ": ADD: no");
        EXPECT_EQ(result.error().code, Code::invalid_argument);
        EXPECT_TRUE(order().ends_with("three DEL, two DEL, one DEL, ")) << order();
    }
}

TEST_F(Chain, AnswersThatAreNoResultFailAndAreTakenBack) {
    for (const std::string answer : {"", "{}", R"({"cniVersion":"9.0.0"})", "not json"}) {
        SetUp();
        plugin("two", "[ \"$CNI_COMMAND\" = ADD ] && printf '%s' '" + answer + "'; exit 0");
        const auto result = add_to_network(host_, list_, target_);
        ASSERT_FALSE(result) << answer;
        EXPECT_TRUE(result.error().message.starts_with("plugin two: ADD: ")) << result.error().message;
        EXPECT_TRUE(order().ends_with("one DEL, "));
    }
}

TEST_F(Chain, DelGoesBackwardsWithTheResultOfAdd) {
    ASSERT_TRUE(delete_from_network(host_, list_, target_, boost::json::object{{"cniVersion", "1.0.0"}}));
    EXPECT_EQ(order(), "three DEL, two DEL, one DEL, ");
    for (const auto& line : calls())
        EXPECT_NE(line.find(R"("prevResult":{"cniVersion":"1.0.0"})"), std::string::npos);
}

TEST_F(Chain, DelOfAnOldVersionHasNoResult) {
    list_.version = "0.3.1";
    ASSERT_TRUE(delete_from_network(host_, list_, target_, boost::json::object{{"cniVersion", "0.3.1"}}));
    for (const auto& line : calls()) EXPECT_EQ(line.find("prevResult"), std::string::npos);
}

TEST_F(Chain, CheckIsSkippedWhereTheListSaysSo) {
    ASSERT_TRUE(check_network(host_, list_, target_, {}));
    EXPECT_EQ(order(), "one CHECK, two CHECK, three CHECK, ");
    list_.disable_check = true;
    ASSERT_TRUE(check_network(host_, list_, target_, {}));
    EXPECT_EQ(calls().size(), 3U);
    list_.disable_check = false;
    plugin("two", R"(echo '{"code":100,"msg":"the veth is gone"}'; exit 1)");
    EXPECT_EQ(check_network(host_, list_, target_, {}).error().message,
              "plugin two: CHECK: the veth is gone");
}

TEST_F(Chain, VersionsAreAsked) {
    for (const auto* name : {"one", "two", "three"})
        plugin(name, R"(echo '{"cniVersion":"1.0.0","supportedVersions":["0.4.0","1.0.0"]}')");
    EXPECT_TRUE(check_versions(host_, list_));
    plugin("three", R"(echo '{"cniVersion":"1.0.0","supportedVersions":["0.3.1"]}')");
    EXPECT_EQ(check_versions(host_, list_).error().message,
              "network lan: plugin three does not speak version 1.0.0");
}

// The chains that all attachments share are made by whoever finds them missing, and two at once collide.
TEST_F(Chain, PluginsThatShareChainsOfTheFirewallAreNeverAddedTwoAtOnce) {
    for (const auto* name : {"firewall", "portmap"}) {
        plugin(name, R"(if [ "$CNI_COMMAND" = ADD ]; then mkdir "${0%/*}/inside" || exit 1; sleep 0.1; )"
                     R"(rmdir "${0%/*}/inside"; echo '{"cniVersion":"1.0.0","ips":[]}'; fi)");
    }
    list_.plugins = {{{"type", "one"}},
                     {{"type", "portmap"}, {"capabilities", {{"portMappings", true}}}},
                     {{"type", "firewall"}}};
    std::array<Status, 4> outcomes;
    {
        std::vector<std::jthread> starts;
        for (auto& outcome : outcomes)
            starts.emplace_back([&] {
                if (auto added = add_to_network(host_, list_, target_); !added)
                    outcome = std::unexpected(std::move(added).error());
            });
    }
    for (const auto& outcome : outcomes) EXPECT_TRUE(outcome) << outcome.error().message;
}

TEST_F(Chain, AMissingPluginIsNamedWithThePlacesLookedAt) {
    std::filesystem::remove(folder_ / "two");
    const auto result = add_to_network(host_, list_, target_);
    ASSERT_FALSE(result);
    EXPECT_TRUE(result.error().message.starts_with("network plugin 'two' is in none of: /nonexistent, " +
                                                   folder_.native()))
        << result.error().message;
}

} // namespace
} // namespace redoubt::node::network::cni
