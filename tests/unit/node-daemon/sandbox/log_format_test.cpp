// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/log_format.hpp"

#include <gtest/gtest.h>

namespace redoubt::node::sandbox {
namespace {

// The example of the CRI logging format.
constexpr UnixTime k_time = 1475713029669794202;

TEST(LogFormat, WritesTheTimesOfKubernetes) {
    EXPECT_EQ(render_log_time(k_time), "2016-10-06T00:17:09.669794202Z");
    EXPECT_EQ(render_log_time(0), "1970-01-01T00:00:00.000000000Z");
    EXPECT_EQ(parse_log_time("2016-10-06T00:17:09.669794202Z"), k_time);
}

TEST(LogFormat, SplitsLinesAndMarksWhatHasNoEnd) {
    EXPECT_EQ(render_log_entries(k_time, OutputStream::standard_output, "one\n\ntwo"),
              "2016-10-06T00:17:09.669794202Z stdout F one\n"
              "2016-10-06T00:17:09.669794202Z stdout F \n"
              "2016-10-06T00:17:09.669794202Z stdout P two\n");
    EXPECT_EQ(render_log_entries(k_time, OutputStream::standard_error, ""), "");
}

TEST(LogFormat, CutsLongLinesIntoPieces) {
    const auto entries = render_log_entries(k_time, OutputStream::standard_error,
                                            std::string(k_log_piece_bytes + 1, 'x') + "\n");
    EXPECT_EQ(entries, "2016-10-06T00:17:09.669794202Z stderr P " + std::string(k_log_piece_bytes, 'x') +
                           "\n2016-10-06T00:17:09.669794202Z stderr F x\n");
}

TEST(LogFormat, ReadsBackWhatItWrites) {
    const auto line = parse_log_entry("2016-10-06T00:17:09.669794202Z stderr P with  spaces ").value();
    EXPECT_EQ(line.time, k_time);
    EXPECT_EQ(line.stream, OutputStream::standard_error);
    EXPECT_EQ(line.text, "with  spaces ");
    EXPECT_TRUE(line.is_partial);
    EXPECT_EQ(parse_log_entry("2016-10-06T00:17:09.669794202Z stdout F ").value().text, "");
    EXPECT_EQ(parse_log_entry("2016-10-06T00:17:09.669794202Z stdout F").value().text, "");
}

TEST(LogFormat, RefusesWhatIsNotAnEntry) {
    for (const auto* entry :
         {"", "x", "2016-10-06T00:17:09.669794202Z", "2016-10-06T00:17:09.669794202Z stdout X a",
          "2016-13-06T00:17:09.669794202Z stdout F a", "2016-10-06T00:17:09.66979420Z stdout F a",
          "2016-10-06 00:17:09.669794202Z stdout F a", "2016-10-06T00:17:09.669794202Z stdin F a"})
        EXPECT_FALSE(parse_log_entry(entry)) << entry;
}

} // namespace
} // namespace redoubt::node::sandbox
