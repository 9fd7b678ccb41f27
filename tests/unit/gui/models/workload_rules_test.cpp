// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/models/workload_rules.hpp"

#include <gtest/gtest.h>

namespace redoubt::gui {
namespace {

Workload in_state(WorkloadState state, WorkloadKind kind = WorkloadKind::container) {
    Workload out;
    out.name = "web";
    out.state = state;
    out.kind = kind;
    return out;
}

bool can(WorkloadVerb verb, const Workload& workload) {
    return !why_not(verb, &workload, LinkState::online);
}

TEST(WorkloadRules, AllowWhatTheStateAllows) {
    const auto running = in_state(WorkloadState::running);
    const auto exited = in_state(WorkloadState::exited);
    EXPECT_FALSE(can(WorkloadVerb::start, running));
    EXPECT_TRUE(can(WorkloadVerb::stop, running));
    EXPECT_TRUE(can(WorkloadVerb::terminal, running));
    EXPECT_TRUE(can(WorkloadVerb::start, exited));
    EXPECT_FALSE(can(WorkloadVerb::stop, exited));
    EXPECT_FALSE(can(WorkloadVerb::terminal, exited));
    EXPECT_TRUE(can(WorkloadVerb::logs, exited));
    EXPECT_TRUE(can(WorkloadVerb::remove, exited));
    EXPECT_TRUE(can(WorkloadVerb::unpause, in_state(WorkloadState::paused)));
    EXPECT_FALSE(can(WorkloadVerb::pause, in_state(WorkloadState::paused)));
}

TEST(WorkloadRules, SayWhyNot) {
    const auto running = in_state(WorkloadState::running);
    EXPECT_EQ(*why_not(WorkloadVerb::start, &running, LinkState::online), QStringLiteral("web is running"));
    EXPECT_EQ(*why_not(WorkloadVerb::start, nullptr, LinkState::online),
              QStringLiteral("Choose a workload first"));
    const auto pod = in_state(WorkloadState::running, WorkloadKind::pod);
    EXPECT_EQ(*why_not(WorkloadVerb::logs, &pod, LinkState::online),
              QStringLiteral("Each container of a pod has a log of its own"));
}

TEST(WorkloadRules, AllowNothingWithoutANode) {
    const auto running = in_state(WorkloadState::running);
    for (const auto link : {LinkState::closed, LinkState::connecting, LinkState::stale}) {
        for (const auto verb :
             {WorkloadVerb::start, WorkloadVerb::stop, WorkloadVerb::remove, WorkloadVerb::terminal})
            EXPECT_TRUE(why_not(verb, &running, link));
        EXPECT_TRUE(why_not_ask(link));
    }
}

} // namespace
} // namespace redoubt::gui
