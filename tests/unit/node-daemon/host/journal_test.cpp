// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/host/journal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

#include "node-daemon/host/message_ids.hpp"

namespace redoubt::node::host {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::StartsWith;

TEST(Journal, CarriesFieldsBothInTheTextAndByName) {
    const std::array fields{log::Field{"CONTAINER_ID", "ab12"}, log::Field{"REASON", "two\nlines"}};
    EXPECT_THAT(journal_entry(log::Level::warning, "something else", fields),
                ElementsAre("MESSAGE=something else CONTAINER_ID=ab12 REASON=\"two\\nlines\"", "PRIORITY=4",
                            "SYSLOG_IDENTIFIER=redoubtd", "CONTAINER_ID=ab12", "REASON=two\nlines"));
}

TEST(Journal, NamesAMessageThatTheCatalogExplains) {
    const auto entry = journal_entry(log::Level::info, "container started", {});
    EXPECT_THAT(entry, Contains("MESSAGE_ID=" + std::string(message_id_of("container started"))));
    EXPECT_THAT(journal_entry(log::Level::info, "unheard of", {}),
                testing::Not(Contains(StartsWith("MESSAGE_ID="))));
}

TEST(Journal, IsNotUsedWhenStandardErrorIsSomethingElse) {
    ::unsetenv("JOURNAL_STREAM");
    EXPECT_FALSE(log_to_journal());
    ::setenv("JOURNAL_STREAM", "1:2", 1); // inherited from a parent whose standard error was the journal
    EXPECT_FALSE(log_to_journal());
    ::unsetenv("JOURNAL_STREAM");
}

} // namespace
} // namespace redoubt::node::host
