// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/cni/result.hpp"

#include <gtest/gtest.h>

namespace redoubt::node::network::cni {
namespace {

std::string error_of(std::string_view text) {
    const auto result = parse_result(text);
    return result ? "accepted" : result.error().message;
}

TEST(CniResult, IsReadAndKeptWhole) {
    const auto result = parse_result(
        R"({"cniVersion":"1.0.0","interfaces":[{"name":"br0"},{"name":"eth0","mac":"02:00:00:00:00:01",
        "sandbox":"/run/netns/x"}],"ips":[{"interface":1,"address":"10.0.0.2/16","gateway":"10.0.0.1"},{"address":"fd00::2/64"}],
        "routes":[{"dst":"0.0.0.0/0"}],"dns":{"nameservers":["10.0.0.1","fd00::1"],"domain":"d","search":["a","b"],"options":["ndots:2"]}})");
    ASSERT_TRUE(result) << result.error().message;
    ASSERT_EQ(result->interfaces.size(), 2U);
    EXPECT_EQ(result->interfaces[1].sandbox, "/run/netns/x");
    ASSERT_EQ(result->addresses.size(), 2U);
    EXPECT_EQ(result->addresses[0].interface, 1);
    EXPECT_EQ(result->addresses[1].interface, -1);
    EXPECT_EQ(result->dns, (std::vector<std::string>{"nameserver 10.0.0.1", "nameserver fd00::1", "domain d",
                                                     "search a b", "options ndots:2"}));
    EXPECT_TRUE(result->raw.contains("routes"));
}

TEST(CniResult, NamesWhatIsWrong) {
    const auto with_ip = [](const std::string& ip) {
        return error_of(R"({"cniVersion":"1.0.0","ips":[)" + ip + "]}");
    };
    EXPECT_EQ(with_ip(R"({"address":"10.0.0.2"})"),
              "result.ips[0].address: '10.0.0.2' is not ADDRESS/PREFIX");
    EXPECT_EQ(with_ip(R"({"address":"10.0.0.2/33"})"),
              "result.ips[0].address: '10.0.0.2/33' is not ADDRESS/PREFIX");
    EXPECT_EQ(with_ip(R"({"address":"10.0.0.2/8","interface":0})"),
              "result.ips[0].interface: no such interface");
    EXPECT_EQ(with_ip(R"({"address":"10.0.0.2/8","gateway":"g"})"),
              "result.ips[0].gateway: 'g' is not an address");
    EXPECT_EQ(error_of(R"({"cniVersion":"1.1.0"})"),
              "result of version '1.1.0'; 0.3.0 to 1.0.0 are understood");
    EXPECT_EQ(error_of(R"({})"), "result.cniVersion: missing");
    EXPECT_NE(error_of(""), "accepted");
    EXPECT_EQ(error_of(R"({"cniVersion":"1.0.0","dns":{"search":["a\nnameserver 6.6.6.6"]}})"),
              "result.dns.search: not a word of a resolv.conf");
}

TEST(CniError, SaysWhatThePluginSaid) {
    const auto error = parse_error(
        "plugin x: ADD", R"({"cniVersion":"1.0.0","code":11,"msg":"busy","details":"try\nlater"})", "log");
    EXPECT_EQ(error.message, "plugin x: ADD: busy; try later");
    EXPECT_EQ(error.code, Code::unavailable);
    EXPECT_EQ(parse_error("p", R"({"code":3,"msg":"m"})", "").code, Code::not_found);
    EXPECT_EQ(parse_error("p", R"({"code":100,"msg":"m"})", "").code, Code::failed_precondition);
}

TEST(CniError, WithoutAnErrorIsItsLastWords) {
    EXPECT_EQ(parse_error("p", "", "panic: no\n").message, "p: failed: panic: no");
    EXPECT_EQ(parse_error("p", "oops", "").message, "p: failed: oops");
    EXPECT_EQ(parse_error("p", "", "").message, "p: failed without a word");
}

} // namespace
} // namespace redoubt::node::network::cni
