// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/ttrpc/serial_link.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <string>

namespace redoubt::ttrpc {
namespace {

using namespace std::string_literals;
using Events = std::vector<LinkEvent>;

/// A nonce that needs escapes.
const LinkNonce k_nonce{'\x7e', '\x7d', 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, '\x7e'};
const LinkNonce k_other{'o', 't', 'h', 'e', 'r'};

std::string every_byte() {
    std::string out(256, '\0');
    std::iota(out.begin(), out.end(), '\0');
    return out;
}

TEST(SerialLink, EscapedDataHoldNoFlag) {
    EXPECT_EQ(render_link_data("a\x7e"
                               "b\x7d"
                               "c"),
              "a\x7d\x5e"
              "b\x7d\x5d"
              "c");
    EXPECT_EQ(render_link_data(every_byte()).find('\x7e'), std::string::npos);
}

TEST(SerialLink, CarriesEveryByteHoweverTheWireIsCut) {
    const std::string wire = render_reset(k_nonce) + render_link_data(every_byte());
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
        auto agent = LinkDecoder::agent();
        Events events = agent.feed(std::string_view(wire).substr(0, cut));
        for (auto& event : agent.feed(std::string_view(wire).substr(cut))) events.push_back(std::move(event));
        ASSERT_GE(events.size(), 2U) << "cut at " << cut;
        EXPECT_EQ(events[0], LinkEvent(LinkStarted{k_nonce}));
        std::string data;
        for (std::size_t i = 1; i < events.size(); ++i) data += std::get<LinkData>(events[i]).bytes;
        EXPECT_EQ(data, every_byte()) << "cut at " << cut;
    }
}

TEST(SerialLink, AgentDropsWhatComesBeforeAReset) {
    auto agent = LinkDecoder::agent();
    EXPECT_EQ(agent.feed("rest of a frame\x7d" + render_reset(k_nonce) + "new"),
              (Events{LinkStarted{k_nonce}, LinkData{"new"}}));
}

// A daemon dies after any number of bytes of its session; the next one's reset must be understood.
TEST(SerialLink, AgentResynchronisesFromEveryByteOfTheHostsStream) {
    const std::string before = render_reset(k_other) + render_link_data(every_byte());
    for (std::size_t sent = 0; sent <= before.size(); ++sent) {
        auto agent = LinkDecoder::agent();
        Events events = agent.feed(std::string_view(before).substr(0, sent));
        const bool had_session = !events.empty();
        events = agent.feed(render_reset(k_nonce) + "x");
        Events expected{LinkStarted{k_nonce}, LinkData{"x"}};
        if (had_session)
            expected.insert(expected.begin(),
                            LinkEnded{{Code::unavailable, "the other end has started anew"}});
        EXPECT_EQ(events, expected) << "died after " << sent;
    }
}

// The new host may see the agent's old stream from any byte on.
TEST(SerialLink, HostResynchronisesFromEveryByteOfTheAgentsStream) {
    const std::string before = render_lost() + render_reset_ack(k_other) + render_link_data(every_byte()) +
                               render_reset_ack(k_other) + "old";
    for (std::size_t from = 0; from <= before.size(); ++from) {
        auto host = LinkDecoder::host(k_nonce);
        const auto events = host.feed(before.substr(from) + render_reset_ack(k_nonce) + "x");
        EXPECT_EQ(events, (Events{LinkStarted{k_nonce}, LinkData{"x"}})) << "from " << from;
    }
}

TEST(SerialLink, HostSessionEndsWhenTheAgentHasLostIt) {
    auto host = LinkDecoder::host(k_nonce);
    EXPECT_EQ(host.feed(render_reset_ack(k_nonce) + "a" + render_lost() + "b"),
              (Events{LinkStarted{k_nonce}, LinkData{"a"},
                      LinkEnded{{Code::unavailable, "the other end has started anew"}}}));
}

TEST(SerialLink, BrokenEscapeEndsTheSession) {
    auto agent = LinkDecoder::agent();
    EXPECT_EQ(agent.feed(render_reset(k_nonce) + "a\x7dqlost"),
              (Events{LinkStarted{k_nonce}, LinkData{"a"},
                      LinkEnded{{Code::unavailable, "broken escape on the serial link"}}}));
    EXPECT_EQ(agent.feed("more" + render_reset(k_other)), Events{LinkStarted{k_other}});
}

TEST(SerialLink, UnknownControlEndsTheSession) {
    auto agent = LinkDecoder::agent();
    EXPECT_EQ(agent.feed(render_reset(k_nonce) + "\x7e\x09what").size(), 2U);
    EXPECT_TRUE(agent.feed("data").empty());
}

} // namespace
} // namespace redoubt::ttrpc
