// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/key_release/tls_channel.hpp"

#include <gtest/gtest.h>

#include <array>

#include "tests/unit/common/ttrpc/connection_test.hpp"

namespace redoubt::guest::key_release {
namespace {

// Of nobody: made for this test, and its key thrown away.
constexpr const char* k_certificate = R"(-----BEGIN CERTIFICATE-----
MIIBcjCCARmgAwIBAgIUOMOD7aTonLngWT7yUvG6LPcNwhwwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAeFw0yNjExMjIwNzUzMjBaFw0zNjExMTkwNzUzMjBa
MA8xDTALBgNVBAMMBHRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATnh+TM
eRJob4yQnZvZs6BOuv+iZYIDy7vgmf+NhOhtg+HkIl/an0rySS521EDPsj6Hu/ze
ibhab9uHhRsjAUYGo1MwUTAdBgNVHQ4EFgQUt4AQAGFDZlBPcStLDWpnNX4jyisw
HwYDVR0jBBgwFoAUt4AQAGFDZlBPcStLDWpnNX4jyiswDwYDVR0TAQH/BAUwAwEB
/zAKBggqhkjOPQQDAgNHADBEAh8Dc4cJ/kxMpX4fjYxB5ps5mYQknqnOsDNscSSB
dayEAiEA2WZR8t9ot4s1fXjDhZvBhRYm4gC0UYVmaQNKHXdtJWI=
-----END CERTIFICATE-----
)";

class TlsChannelTest : public ttrpc::ConnectionTest {};

TEST_F(TlsChannelTest, TakesNoPinsThatAreNone) {
    EXPECT_FALSE(PinnedTrust::make(""));
    EXPECT_FALSE(PinnedTrust::make("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"));
    const std::string good = k_certificate;
    EXPECT_TRUE(PinnedTrust::make(good));
    EXPECT_TRUE(PinnedTrust::make(good + good));
    EXPECT_FALSE(PinnedTrust::make(good + "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"));
}

TEST_F(TlsChannelTest, SaysThatTheOtherEndSpeaksSomethingElse) {
    const auto trust = PinnedTrust::make(k_certificate).value();
    auto [near, far] = connected_pair();
    ASSERT_TRUE(run(far->write("HTTP/1.1 400 Bad Request\r\n\r\n")));
    const auto none = run(TlsChannel::connect(std::move(near), *trust, "broker.test"));
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, Code::unavailable);
    EXPECT_TRUE(none.error().message.starts_with("TLS with broker.test: handshake")) << none.error().message;
}

TEST_F(TlsChannelTest, SaysThatTheConnectionWasCut) {
    const auto trust = PinnedTrust::make(k_certificate).value();
    auto [near, far] = connected_pair();
    far.reset();
    EXPECT_EQ(run(TlsChannel::connect(std::move(near), *trust, "127.0.0.1")).error().code, Code::unavailable);
}

} // namespace
} // namespace redoubt::guest::key_release
