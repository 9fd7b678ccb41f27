// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/backend/decode.hpp"

#include <gtest/gtest.h>

namespace redoubt::gui {
namespace {

TEST(Decode, GivesContainersTheNamesOfTheirPods) {
    pb::ListPodsResponse pods;
    auto& pod = *pods.add_pods();
    pod.set_id("p1");
    pod.set_name("shop");
    pod.set_state(pb::POD_DEGRADED);
    pb::ListContainersResponse containers;
    auto& container = *containers.add_containers();
    container.set_id("c1");
    container.set_pod("p1");
    container.set_state(pb::RUNNING);
    container.set_paused(true);
    *pod.add_containers() = container;
    const auto workloads = decode(containers, pods);
    ASSERT_EQ(workloads.size(), 2U);
    EXPECT_EQ(workloads[0].kind, WorkloadKind::pod);
    EXPECT_EQ(workloads[0].state, WorkloadState::degraded);
    EXPECT_EQ(workloads[0].members, 1U);
    EXPECT_EQ(workloads[0].level, "vm");
    EXPECT_EQ(workloads[1].pod_name, "shop");
    EXPECT_EQ(workloads[1].state, WorkloadState::paused);
}

TEST(Decode, TakesAVerdictItDoesNotKnowForAFailure) {
    pb::CheckResult check;
    EXPECT_EQ(decode(check).verdict, Check::Verdict::failed);
    check.set_verdict(pb::CheckResult::OK);
    EXPECT_EQ(decode(check).verdict, Check::Verdict::ok);
}

TEST(Decode, PutsAnEventsAttributesInOrder) {
    pb::Event event;
    (*event.mutable_attributes())["image"] = "busybox";
    (*event.mutable_attributes())["exit_code"] = "3";
    EXPECT_EQ(decode(event).details, "exit_code=3  image=busybox");
}

TEST(Decode, ShowsNothingThatWasNotTold) {
    const auto details = decode(pb::InspectContainerResponse());
    for (const auto& group : details.groups)
        for (const auto& [name, value] : group.lines) EXPECT_FALSE(value.empty()) << name;
    EXPECT_FALSE(details.confidential);
}

TEST(PullSum, AddsUpLayersAndNamesTheSlowest) {
    PullSum sum;
    pb::LayerProgress a;
    a.set_digest("a");
    a.set_phase(pb::LayerProgress::DOWNLOADING);
    a.set_total_bytes(100);
    a.set_done_bytes(20);
    sum.add(a);
    pb::LayerProgress b;
    b.set_digest("b");
    b.set_phase(pb::LayerProgress::EXISTS);
    b.set_total_bytes(100);
    auto progress = sum.add(b);
    EXPECT_EQ(progress.done_bytes, 120U);
    EXPECT_EQ(progress.total_bytes, 200U);
    EXPECT_EQ(progress.phase, "downloading");
    a.set_phase(pb::LayerProgress::DONE);
    progress = sum.add(a);
    EXPECT_EQ(progress.done_bytes, 200U);
    EXPECT_EQ(progress.phase, "done");
}

} // namespace
} // namespace redoubt::gui
