// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/http/proxy.hpp"

#include <gtest/gtest.h>

#include <map>

namespace redoubt::http {
namespace {

Result<ProxySettings> proxies_of(std::map<std::string, std::string> variables) {
    return proxies_from([variables](const char* name) {
        const auto found = variables.find(name);
        return found == variables.end() ? std::string() : found->second;
    });
}

std::string chosen(const ProxySettings& settings, std::string_view url) {
    const auto proxy = settings.choose(parse_url(url).value());
    return proxy ? proxy->endpoint() : "direct";
}

TEST(Proxy, FollowsTheSchemeOfTheUrl) {
    const auto settings = proxies_of({{"http_proxy", "http://one:1"}, {"HTTPS_PROXY", "two:2"}}).value();
    EXPECT_EQ(chosen(settings, "http://a"), "one:1");
    EXPECT_EQ(chosen(settings, "https://a"), "two:2");
    EXPECT_EQ(chosen(proxies_of({}).value(), "http://a"), "direct");
}

TEST(Proxy, LeavesLoopbackAlone) {
    const auto settings = proxies_of({{"http_proxy", "p:1"}}).value();
    for (const char* url :
         {"http://localhost:5000", "http://127.0.0.1", "http://127.8.8.8", "http://[::1]:80"})
        EXPECT_EQ(chosen(settings, url), "direct") << url;
}

TEST(Proxy, HonoursExceptions) {
    const auto settings = proxies_of({{"http_proxy", "p:1"},
                                      {"no_proxy", "example.org, .internal,10.0.0.0/8,host:81,fd00::/8"}})
                              .value();
    for (const char* url : {"http://example.org", "http://sub.example.org", "http://a.internal",
                            "http://10.1.2.3", "http://host:81", "http://[fd12::1]"})
        EXPECT_EQ(chosen(settings, url), "direct") << url;
    for (const char* url :
         {"http://notexample.org", "http://11.0.0.1", "http://host:82", "http://example.com"})
        EXPECT_EQ(chosen(settings, url), "p:1") << url;
    EXPECT_EQ(chosen(proxies_of({{"http_proxy", "p:1"}, {"NO_PROXY", "*"}}).value(), "http://a"), "direct");
}

TEST(Proxy, NamesAVariableThatIsNoProxy) {
    const auto bad = proxies_of({{"https_proxy", "http://a b"}});
    ASSERT_FALSE(bad);
    EXPECT_TRUE(bad.error().message.starts_with("https_proxy: ")) << bad.error().message;
    EXPECT_EQ(proxies_of({{"http_proxy", "socks5://a"}}).error().code, Code::unimplemented);
}

} // namespace
} // namespace redoubt::http
