// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/event_log/runtime_events.hpp"

#include <gtest/gtest.h>

#include <string>

#include "common/encoding/hex.hpp"

namespace redoubt::tee {
namespace {

const RuntimeEvent k_event{.domain = "coco.com", .operation = "some-operation", .content = "some-content"};

TEST(RuntimeEvents, AreMeasuredAsOtherAgentsDo) {
    const auto measured = measure_event(k_event);
    ASSERT_TRUE(measured) << measured.error().message;
    // Of a log that another agent has written on a TDX machine.
    EXPECT_EQ(
        encoding::to_hex(measured->digest),
        "2330183d89750c6a374ac9827d33a33636e7876733544584c8ccc88df0df87eada37e5d71d0773502234c2b5fbc7448e");
    EXPECT_EQ(encoding::to_hex(measured->record.substr(0, 14)), "0400000006000000010000000c00");
    EXPECT_TRUE(measured->record.ends_with(std::string("LEAA\x24\0\0\0", 8) +
                                           "coco.com some-operation some-content"));
}

TEST(RuntimeEvents, ALogOfThemReplaysAndGivesThemBack) {
    const auto first = measure_event(k_event);
    const auto second = measure_event({.domain = "d", .operation = "o", .content = "words with spaces"});
    const auto bytes = append_records({}, first->record + second->record);
    ASSERT_TRUE(bytes) << bytes.error().message;
    const auto log = parse_event_log(*bytes);
    ASSERT_TRUE(log) << log.error().message;
    ASSERT_EQ(log->events.size(), 3U);
    EXPECT_EQ(log->bytes_used, bytes->size() - 8);
    EXPECT_EQ(runtime_event_of(log->events[1]), k_event);
    EXPECT_EQ(runtime_event_of(log->events[2])->content, "words with spaces");
    EXPECT_FALSE(runtime_event_of(log->events[0]));
    EXPECT_EQ(*binding_of(log->events[1]), Binding::bound);
    auto value = *hash_of(Hash::sha384, {std::string(48, '\0'), first->digest});
    value = *hash_of(Hash::sha384, {value, second->digest});
    EXPECT_EQ(replay(*log, Hash::sha384)->at(k_runtime_index), value);
}

TEST(RuntimeEvents, StandBehindTheFirmwaresAndBeforeItsPadding) {
    const auto one = measure_event(k_event)->record;
    const auto firmware = *append_records({}, one) + std::string(100, '\xff');
    const auto log = parse_event_log(*append_records(firmware, one));
    ASSERT_TRUE(log) << log.error().message;
    EXPECT_EQ(log->events.size(), 3U);
    EXPECT_FALSE(append_records("no log", one));
}

TEST(RuntimeEvents, WordsThatItsDigestIsNotOfAreSeen) {
    auto log = *parse_event_log(*append_records({}, measure_event(k_event)->record));
    log.events[1].data.back() = '!';
    EXPECT_EQ(*binding_of(log.events[1]), Binding::mismatched);
    EXPECT_EQ(*mismatched_events(log), std::vector<std::size_t>{1});
}

TEST(RuntimeEvents, HaveNoCharactersThatCouldMakeTwoOfOne) {
    for (const auto& event :
         {RuntimeEvent{"", "o", "c"}, RuntimeEvent{"d", "", "c"}, RuntimeEvent{"d", "o", ""},
          RuntimeEvent{"d d", "o", "c"}, RuntimeEvent{"d", "o\t", "c"}, RuntimeEvent{"d", "o", "c\nd o c"},
          RuntimeEvent{"d", "o", "\xc3\xa4"}})
        EXPECT_EQ(measure_event(event).error().code, Code::invalid_argument)
            << event.domain << '|' << event.operation << '|' << event.content;
}

TEST(RuntimeEvents, DataThatAreNotWellFormedAreNoEvent) {
    Event event{k_runtime_index, k_ev_event_tag, {}, std::string("LEAA\5\0\0\0", 8) + "d o c"};
    ASSERT_TRUE(runtime_event_of(event));
    auto other = event;
    other.type = k_ev_ipl;
    EXPECT_FALSE(runtime_event_of(other));
    for (const auto* text : {"d o", "d  c!", " o c!", "do c!"}) {
        other = event;
        other.data = std::string("LEAA\5\0\0\0", 8) + text;
        EXPECT_FALSE(runtime_event_of(other)) << text;
    }
}

} // namespace
} // namespace redoubt::tee
