// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// A VM that dies, and one that falls silent, in each phase: it is noticed, the phase is named, the console
/// is shown, nothing is left.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/node_fixture.hpp"

namespace redoubt::node::sandbox {
namespace {

using testing::HasSubstr;
using testing_support::NodeTest;
using namespace std::chrono_literals;

/// A call of the guest's or its VM's, and what errors call the phase it belongs to.
struct PhaseOf {
    std::string call;
    std::string phase;
};

class VmMatrix : public NodeTest {
  protected:
    void SetUp() override {
        NodeTest::SetUp();
        node().settings.default_volume_bytes = 16U << 20U;
        node().settings.guest_patience = 20ms;
    }

    static std::vector<PhaseOf> phases() {
        return {{"guest_details", "handshake"},
                {"create_sandbox", "handshake"},
                {"attach_disk", "storages"},
                {"create_container", "create"},
                {"start_container", "start"}};
    }

    ContainerId create_with_volume() {
        ContainerSpec spec;
        spec.mounts = {{.kind = launch::MountKind::volume, .source = "data", .target = "/data"}};
        return create(spec);
    }

    /// Starts it; while it hangs, `fault` strikes. Returns the start's error.
    Error start_with(const std::function<void()>& fault) {
        const auto id = create_with_volume();
        std::optional<Status> started;
        node().tasks.spawn(
            [](Node& on, std::string name, std::optional<Status>& out) -> asio::awaitable<void> {
                out = co_await start_container(on, std::move(name));
            }(node(), id.str(), started));
        run_until([&] { return hypervisor.alive() == 1; });
        for (int i = 0; i < 50; ++i) context.run_one_for(2ms); // into the step that hangs
        EXPECT_FALSE(started);
        fault();
        run_until([&] { return started.has_value(); });
        faults.clear();
        expect_no_sandbox_left();
        EXPECT_EQ(container(id).state, ContainerState::exited);
        EXPECT_TRUE(run(remove_container(node(), id.str(), RemoveMode::only_stopped)));
        return started->error_or(Error{});
    }
};

TEST_F(VmMatrix, AVmThatDiesWhileItStartsIsNoticedInEachPhase) {
    for (const auto& [call, phase] : phases()) {
        SCOPED_TRACE(call);
        faults.hanging = {call};
        const auto error = start_with([this] { hypervisor.only_guest().die("qemu killed by signal 9"); });
        EXPECT_THAT(error.message, HasSubstr(phase + ": the VM has ended: qemu killed by signal 9"));
        EXPECT_THAT(error.message, HasSubstr("its console ends with:\nfake console"));
    }
}

TEST_F(VmMatrix, AnAgentThatFallsSilentWhileItStartsIsNoticedInEachPhase) {
    for (const auto& [call, phase] : phases()) {
        SCOPED_TRACE(call);
        faults.hanging = {call, "check_health"};
        const auto error = start_with([] {});
        EXPECT_EQ(error.code, Code::unavailable);
        EXPECT_THAT(error.message, HasSubstr(phase + ": its agent does not answer"));
        EXPECT_THAT(error.message, HasSubstr("its console ends with:\nfake console"));
    }
}

TEST_F(VmMatrix, AnAgentThatIsSilentWhileItStartsIsSaidToBeAndWaitedFor) {
    node().settings.guest_patience = 60s;
    node().settings.guest_silence = 20ms;
    const auto id = create_with_volume();
    faults.hanging = {"create_container", "check_health"};
    std::optional<Status> started;
    node().tasks.spawn([](Node& on, std::string name, std::optional<Status>& out) -> asio::awaitable<void> {
        out = co_await start_container(on, std::move(name));
    }(node(), id.str(), started));
    run_until([&] { return container(id).sandbox && !container(id).sandbox->trouble.empty(); });
    EXPECT_FALSE(started);
    EXPECT_THAT(summarize(node(), container(id)).reason, HasSubstr("its agent does not answer"));
    faults.clear();
    hypervisor.only_guest().die("of something else");
    run_until([&] { return started.has_value(); });
    EXPECT_THAT(started->error().message, HasSubstr("create: the VM has ended: of something else"));
}

TEST_F(VmMatrix, AGuestThatFallsSilentWhileItRunsIsSaidToBe) {
    const auto id = create_with_volume();
    ASSERT_TRUE(run(start_container(node(), id.str())));
    EXPECT_EQ(summarize(node(), container(id)).reason, "");
    faults.hanging = {"check_health"};
    run_until([&] { return !container(id).sandbox->trouble.empty(); });
    EXPECT_EQ(container(id).state, ContainerState::running) << "a busy host is no reason to kill";
    EXPECT_THAT(summarize(node(), container(id)).reason, HasSubstr("its agent does not answer"));
    faults.hanging.clear();
    run_until([&] { return container(id).sandbox->trouble.empty(); });
    EXPECT_EQ(summarize(node(), container(id)).reason, "");
    hypervisor.only_guest().exit_init(0);
    EXPECT_EQ(run(wait_container(node(), id.str())), 0);
    expect_no_sandbox_left();
}

TEST_F(VmMatrix, AnExecInASilentGuestFailsAndTheContainerGoesOn) {
    const auto id = create_with_volume();
    ASSERT_TRUE(run(start_container(node(), id.str())));
    faults.hanging = {"exec_process", "check_health"};
    const auto session = run(exec_in_container(node(), {.container = id.str(), .command = {"ls"}}));
    ASSERT_FALSE(session);
    EXPECT_THAT(session.error().message, HasSubstr("exec: its agent does not answer"));
    faults.clear();
    EXPECT_TRUE(run(exec_in_container(node(), {.container = id.str(), .command = {"ls"}})));
}

TEST_F(VmMatrix, ASilentGuestIsStoppedAllTheSame) {
    const auto id = create();
    ASSERT_TRUE(run(start_container(node(), id.str())));
    faults.hanging = {"signal_process", "check_health"};
    EXPECT_TRUE(run(stop_container(node(), id.str(), 1s)));
    EXPECT_EQ(container(id).state, ContainerState::exited);
    EXPECT_THAT(container(id).record.reason, HasSubstr("killed: it did not end within 1 s"));
    expect_no_sandbox_left();
}

} // namespace
} // namespace redoubt::node::sandbox
