// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/backend/job_list.hpp"

#include <gtest/gtest.h>

namespace redoubt::gui {
namespace {

TEST(JobList, KeepsTheNewestFirstAndSaysHowTheyEnded) {
    JobList list;
    const auto first = list.begin("Pull a");
    const auto second = list.begin("Stop b");
    EXPECT_EQ(list.running(), 2U);
    list.progress(first, 0.5, "downloading");
    list.finish(second, fail(Code::not_found, "no container 'b'"));
    ASSERT_EQ(list.jobs().size(), 2U);
    EXPECT_EQ(list.jobs()[0].state, JobState::failed);
    EXPECT_EQ(list.jobs()[0].detail, "no container 'b'");
    EXPECT_DOUBLE_EQ(list.jobs()[1].progress, 0.5);
    list.finish(first, {});
    EXPECT_EQ(list.running(), 0U);
    EXPECT_EQ(list.jobs()[1].state, JobState::done);
}

TEST(JobList, ForgetsTheOldestThatHaveEnded) {
    JobList list;
    for (int at = 0; at < 700; ++at) list.finish(list.begin("Job"), {});
    EXPECT_EQ(list.jobs().size(), 500U);
}

} // namespace
} // namespace redoubt::gui
