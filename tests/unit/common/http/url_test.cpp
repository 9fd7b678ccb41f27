// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/http/url.hpp"

#include <gtest/gtest.h>

namespace redoubt::http {
namespace {

TEST(Url, TakesApartWhatItRendersAgain) {
    const auto url = parse_url("HTTPS://Registry.Example:5000/v2/?n=1#part").value();
    EXPECT_EQ(url.scheme, "https");
    EXPECT_EQ(url.host, "registry.example");
    EXPECT_EQ(url.port, 5000);
    EXPECT_EQ(url.target, "/v2/?n=1");
    EXPECT_EQ(url.render(), "https://registry.example:5000/v2/?n=1");
}

TEST(Url, LeavesTheSchemesOwnPortOutOfTheHostHeader) {
    EXPECT_EQ(parse_url("http://a").value().authority(), "a");
    EXPECT_EQ(parse_url("https://a").value().endpoint(), "a:443");
    EXPECT_EQ(parse_url("https://a:80").value().authority(), "a:80");
}

TEST(Url, ReadsAnAddressInBrackets) {
    const auto url = parse_url("http://[fd00::1]:8080/x").value();
    EXPECT_EQ(url.host, "fd00::1");
    EXPECT_EQ(url.authority(), "[fd00::1]:8080");
}

TEST(Url, KeepsUserInfoApartAndOutOfTheText) {
    const auto url = parse_url("http://me:pass%40word@proxy:3128").value();
    EXPECT_EQ(decode_percent(url.user_info), "me:pass@word");
    EXPECT_EQ(url.render(), "http://proxy:3128/");
}

TEST(Url, RefusesWhatIsNoUrl) {
    for (const char* text :
         {"", "example.org", "ftp://a", "http://", "http://:80", "http://a:0", "http://a:65536", "http://a:x",
          "http://a b", "http://a/b c", "http://a/\r\nHost: b", "http://[::1", "http://[x]", "http://a]",
          "http://a:80:90"}) {
        const auto url = parse_url(text);
        ASSERT_FALSE(url) << text;
        EXPECT_EQ(url.error().code, Code::invalid_argument) << text;
    }
}

TEST(Url, ResolvesLocationsOfEveryForm) {
    const auto base = parse_url("https://a:5000/v2/x/blobs?q=1").value();
    EXPECT_EQ(resolve_url(base, "http://b/c").value().render(), "http://b/c");
    EXPECT_EQ(resolve_url(base, "//b/c").value().render(), "https://b/c");
    EXPECT_EQ(resolve_url(base, "/c/../d?x=http://y").value().render(), "https://a:5000/d?x=http://y");
    EXPECT_EQ(resolve_url(base, "other").value().render(), "https://a:5000/v2/x/other");
    EXPECT_EQ(resolve_url(base, "../../../up").value().render(), "https://a:5000/up");
    EXPECT_EQ(resolve_url(base, "?z=2").value().render(), "https://a:5000/v2/x/blobs?z=2");
    EXPECT_FALSE(resolve_url(base, "/a\r\nEvil: 1"));
}

TEST(Url, EncodesWhatAQueryCannotHold) {
    EXPECT_EQ(encode_query("repository:a/b:pull"), "repository%3Aa%2Fb%3Apull");
    EXPECT_EQ(decode_percent("100%"), "100%");
}

} // namespace
} // namespace redoubt::http
