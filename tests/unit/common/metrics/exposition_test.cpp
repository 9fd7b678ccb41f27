// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/metrics/exposition.hpp"

#include <gtest/gtest.h>

namespace redoubt::metrics {
namespace {

TEST(Exposition, IsWhatPrometheusReads) {
    Exposition out;
    out.family("a_total", Kind::counter, "How many.");
    out.sample(3, {{"kind", "x"}, {"name", "y"}});
    out.sample(4, {{"kind", "z"}, {"name", ""}});
    out.single("b", Kind::gauge, "How much.", 1.5);
    EXPECT_EQ(out.text(), "# HELP a_total How many.\n# TYPE a_total counter\n"
                          "a_total{kind=\"x\",name=\"y\"} 3\na_total{kind=\"z\",name=\"\"} 4\n"
                          "# HELP b How much.\n# TYPE b gauge\nb 1.5\n");
}

TEST(Exposition, ALabelCannotEndItsLine) {
    Exposition out;
    out.family("a", Kind::gauge, "h");
    out.sample(1, {{"name", "x\"} 2\na\\\xC3\xA4"}});
    EXPECT_EQ(out.text(), "# HELP a h\n# TYPE a gauge\na{name=\"x\\\"} 2?a\\\\??\"} 1\n");
}

} // namespace
} // namespace redoubt::metrics
