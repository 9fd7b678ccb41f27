// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <gtest/gtest.h>

#include "node-daemon/sandbox/output_feed.hpp"
#include "tests/support/node_fixture.hpp"

namespace redoubt::node::sandbox {
namespace {

using testing_support::FakeGuest;
using testing_support::NodeTest;
using namespace std::chrono_literals;

class Sessions : public NodeTest {
  protected:
    std::string next_output(ProcessSession& session) {
        auto event = run(session.next());
        EXPECT_TRUE(event) << event.error().message;
        const auto* output = event ? std::get_if<Output>(&*event) : nullptr;
        return output != nullptr ? output->bytes : "(no output)";
    }
    int next_exit(ProcessSession& session) {
        auto event = run(session.next());
        EXPECT_TRUE(event) << event.error().message;
        const auto* exited = event ? std::get_if<Exited>(&*event) : nullptr;
        return exited != nullptr ? exited->code : -1;
    }
};

TEST_F(Sessions, AttachAndStartMissesNothing) {
    ContainerSpec spec;
    spec.stdin_open = true;
    const auto id = create(spec);
    AttachOptions options{.container = id.str(), .mode = AttachMode::start_container, .with_stdin = true};
    const auto session = run(attach_container(node(), options)).value();
    auto& guest = hypervisor.only_guest();
    EXPECT_FALSE(guest.init().stdin_closed);
    guest.print("first\n");
    EXPECT_EQ(next_output(*session), "first\n");
    ASSERT_TRUE(run(session->write_stdin("hello")));
    EXPECT_EQ(guest.init().stdin_bytes, "hello");
    ASSERT_TRUE(run(session->close_stdin()));
    EXPECT_TRUE(guest.init().stdin_closed);
    EXPECT_FALSE(run(session->write_stdin("more")));
    EXPECT_EQ(run(session->resize({24, 80})).error().code, Code::failed_precondition);
    guest.print("last\n");
    guest.exit_init(4);
    EXPECT_EQ(next_output(*session), "last\n");
    EXPECT_EQ(next_exit(*session), 4);
    expect_no_sandbox_left();
}

TEST_F(Sessions, AFailedStartFailsTheAttach) {
    faults.failing = {"create_sandbox"};
    const auto id = create();
    EXPECT_FALSE(run(attach_container(node(), {.container = id.str(), .mode = AttachMode::start_container})));
    EXPECT_TRUE(container(id).attached.empty());
}

TEST_F(Sessions, ClosingWakesTheReader) {
    const auto id = create();
    ASSERT_TRUE(run(start_container(node(), id.str())));
    const auto session = run(attach_container(node(), {.container = id.str()})).value();
    auto closer = [](ProcessSession& open) -> asio::awaitable<void> {
        co_await sleep_for(1ms);
        open.close();
    };
    node().tasks.spawn(closer(*session));
    EXPECT_EQ(run(session->next()).error().code, Code::cancelled);
    EXPECT_EQ(container(id).state, ContainerState::running);
}

TEST_F(Sessions, ExecDeliversOutputThenItsExitCode) {
    const auto id = create();
    ASSERT_TRUE(run(start_container(node(), id.str())));
    const auto session = run(exec_in_container(node(), {.container = id.str(), .command = {"ls"}})).value();
    auto& guest = hypervisor.only_guest();
    auto& process = guest.processes.rbegin()->second;
    EXPECT_TRUE(process.stdin_closed);
    process.out.emplace_back("a\n");
    process.exit_code = 2;
    guest.changed.pulse();
    EXPECT_EQ(next_output(*session), "a\n");
    EXPECT_EQ(next_exit(*session), 2);
    EXPECT_EQ(container(id).state, ContainerState::running);
}

TEST_F(Sessions, AnExecWhoseClientIsGoneReadsEndOfFile) {
    const auto id = create();
    ASSERT_TRUE(run(start_container(node(), id.str())));
    auto session =
        run(exec_in_container(node(), {.container = id.str(), .command = {"cat"}, .with_stdin = true}))
            .value();
    auto& process = hypervisor.only_guest().processes.rbegin()->second;
    EXPECT_FALSE(process.stdin_closed);
    session.reset();
    run_until([&] { return process.stdin_closed; });
}

TEST_F(Sessions, AnExecEndsWithItsContainer) {
    const auto id = create();
    ASSERT_TRUE(run(start_container(node(), id.str())));
    const auto session =
        run(exec_in_container(node(), {.container = id.str(), .command = {"sleep"}})).value();
    hypervisor.only_guest().die("gone");
    EXPECT_EQ(next_exit(*session), 137);
}

TEST_F(Sessions, TheAnswerOfAnExecIsHeardThoughItsContainerHasEnded) {
    const auto id = create();
    ASSERT_TRUE(run(start_container(node(), id.str())));
    const auto session =
        run(exec_in_container(node(), {.container = id.str(), .command = {"touch"}})).value();
    auto& guest = hypervisor.only_guest();
    auto answer = [](FakeGuest& late) -> asio::awaitable<void> {
        co_await sleep_for(50ms);
        late.processes.rbegin()->second.exit_code = 0;
        late.changed.pulse();
    };
    node().tasks.spawn(answer(guest));
    guest.exit_init(42);
    EXPECT_EQ(next_exit(*session), 0);
    run_until([&] { return container(id).state == ContainerState::exited; });
    EXPECT_EQ(container(id).record.exit_code, 42);
    run_until([&] { return !container(id).sandbox; });
}

TEST_F(Sessions, AnExecThatIsNeverHeardOfDoesNotKeepItsContainer) {
    const auto id = create();
    ASSERT_TRUE(run(start_container(node(), id.str())));
    const auto session =
        run(exec_in_container(node(), {.container = id.str(), .command = {"sleep"}})).value();
    hypervisor.only_guest().exit_init(0);
    EXPECT_EQ(next_exit(*session), 137);
    run_until([&] { return !container(id).sandbox; });
}

TEST_F(Sessions, ExecNeedsARunningContainerAndACommand) {
    const auto id = create();
    EXPECT_EQ(run(exec_in_container(node(), {.container = id.str(), .command = {"ls"}})).error().code,
              Code::failed_precondition);
    ASSERT_TRUE(run(start_container(node(), id.str())));
    EXPECT_EQ(run(exec_in_container(node(), {.container = id.str()})).error().code, Code::invalid_argument);
}

TEST_F(Sessions, AClientThatDoesNotReadIsDroppedAndNotWaitedFor) {
    OutputFeed feed(context.get_executor());
    auto flood = [](OutputFeed& into) -> Task<int> {
        int pushed = 0;
        for (; into.is_open(); ++pushed) {
            Output output{OutputStream::standard_output, std::string(1000, 'x')};
            co_await into.push(std::move(output), 20ms);
        }
        co_return pushed;
    };
    EXPECT_LT(run(flood(feed)).value(), 100);
    auto drain = [](OutputFeed& from) -> Task<Error> {
        for (;;)
            if (auto event = co_await from.next(); !event) co_return event.error();
    };
    EXPECT_EQ(run(drain(feed)).value().code, Code::resource_exhausted);
}

} // namespace
} // namespace redoubt::node::sandbox
