// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <gtest/gtest.h>

#include "common/tee/evidence/certificate.hpp"

namespace redoubt::tee {
namespace {

TEST(Time, IsReadAndWritten) {
    EXPECT_EQ(render_time(*parse_time("2026-01-31T08:00:09Z")), "2026-01-31T08:00:09Z");
    EXPECT_EQ(render_time(*parse_time("2026-01-31")), "2026-01-31T00:00:00Z");
}

TEST(Time, OtherFormsAreRefused) {
    for (const char* text : {"", "2026", "2026-02-30", "2026-01-31 08:00:00Z", "2026-01-31T08:00:00",
                             "2026-01-31T24:00:00Z", "2026-01-31T08:00:00+01", "x026-01-31"})
        EXPECT_FALSE(parse_time(text)) << text;
}

} // namespace
} // namespace redoubt::tee
