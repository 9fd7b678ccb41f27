// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/event_log/event_log.hpp"

#include <gtest/gtest.h>

#include <string>

namespace redoubt::tee {
namespace {

using namespace std::literals;

Event event_of(std::uint32_t index, std::uint32_t type, std::string data, std::string_view hashed) {
    Event event{index, type, {}, std::move(data)};
    event.digests[Hash::sha256] = *hash_of(Hash::sha256, {hashed});
    return event;
}

TEST(EventLog, StartupLocalitySeedsPcrZero) {
    EventLog log;
    log.events = {{0, k_ev_no_action, {}, std::string("StartupLocality\0\x03"sv)},
                  event_of(0, k_ev_separator, std::string(4, '\0'), "\0\0\0\0"sv)};
    std::string seed(32, '\0');
    seed.back() = 3;
    const auto digest = hash_of(Hash::sha256, {"\0\0\0\0"sv});
    EXPECT_EQ(replay(log, Hash::sha256)->at(0), *hash_of(Hash::sha256, {seed, *digest}));
}

TEST(EventLog, DataIsTrustedOnlyWhereItsDigestIsOfIt) {
    EXPECT_EQ(*binding_of(event_of(7, k_ev_separator, std::string(4, '\0'), "\0\0\0\0"sv)), Binding::bound);
    EXPECT_EQ(*binding_of(event_of(7, k_ev_separator, std::string(4, '\1'), "\0\0\0\0"sv)),
              Binding::mismatched);
    EXPECT_EQ(*binding_of(event_of(8, k_ev_ipl, "grub_cmd: ls"s + '\0', "ls")), Binding::bound);
    EXPECT_EQ(*binding_of(event_of(8, k_ev_ipl, "grub_cmd: ls"s + '\0', "rm")), Binding::mismatched);
    EXPECT_EQ(*binding_of(event_of(9, k_ev_ipl, "/boot/grub.cfg", "the file's content")), Binding::unbound);
    EXPECT_EQ(*binding_of(event_of(4, 0x80000003, "a device path", "an image")), Binding::unbound);
}

TEST(EventLog, ARepeatedSeparatorIsSeen) {
    EventLog log;
    const auto separator = event_of(7, k_ev_separator, std::string(4, '\0'), "\0\0\0\0"sv);
    log.events = {separator, event_of(4, k_ev_separator, std::string(4, '\0'), "\0\0\0\0"sv)};
    EXPECT_TRUE(repeated_separators(log).empty());
    log.events.push_back(separator);
    EXPECT_EQ(repeated_separators(log), std::vector<std::uint32_t>{7});
}

TEST(EventLog, EventsCutShortAreRefused) {
    EXPECT_FALSE(parse_event_log(""));
    EXPECT_FALSE(parse_event_log(std::string(31, '\0')));
    std::string legacy(32, '\0');
    legacy[4] = 4;
    legacy[28] = 8;
    EXPECT_FALSE(parse_event_log(legacy));
    EXPECT_TRUE(parse_event_log(legacy + std::string(8, 'x')));
}

} // namespace
} // namespace redoubt::tee
