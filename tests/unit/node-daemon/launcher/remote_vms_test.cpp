// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// redoubtd's side before a launcher by hand, which answers what the test says.
#include "node-daemon/launcher/client/remote_vms.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <thread>

#include "node-daemon/launcher/protocol/packet.hpp"
#include "node-daemon/launcher/server.hpp"
#include "tests/unit/node-daemon/hypervisor/run_task.hpp"
#include "tests/unit/node-daemon/launcher/samples.hpp"

namespace redoubt::node::launcher {
namespace {

using launch::IsolationLevel;
using redoubt::test::run;
using redoubt::test::TemporaryFolder;

class LauncherRemoteVms : public testing::Test {
  protected:
    void SetUp() override {
        auto listener = listen_at(socket_, std::nullopt);
        ASSERT_TRUE(listener) << listener.error().message;
        listener_ = *std::move(listener);
    }

    void TearDown() override { finish(); }

    /// Until what the client began beside its answers is done, and the launcher has answered.
    void finish() {
        run(context_, [](RemoteVms& vms) -> asio::awaitable<bool> {
            co_await vms.close();
            co_return true;
        }(vms_));
        if (launcher_.joinable()) launcher_.join();
    }

    /// Answers `count` requests: of a start with a VM of that level.
    void answer(std::size_t count, IsolationLevel level) {
        launcher_ = std::thread([this, count, level] {
            for (std::size_t i = 0; i < count; ++i) answer_one(level);
        });
    }

    static void wait_for(int fd) {
        constexpr int k_limit_ms = 60'000;
        pollfd wanted{.fd = fd, .events = POLLIN, .revents = 0};
        ASSERT_EQ(::poll(&wanted, 1, k_limit_ms), 1);
    }

    void answer_one(IsolationLevel level) {
        wait_for(listener_.get());
        const UniqueFd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        wait_for(connection.get());
        const auto packet = receive_packet(connection.get());
        ASSERT_TRUE(packet && *packet);
        auto request = decode_request((*packet)->bytes);
        ASSERT_TRUE(request) << request.error().message;
        const bool is_start = std::holds_alternative<StartVm>(*request);
        asked_.push_back(*std::move(request));
        const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        const auto reply = is_start ? Answer(VmStarted{4711, "123456", level}) : Answer(Done{});
        const std::vector<int> descriptors(is_start ? 2 : 0, null.get());
        EXPECT_TRUE(send_packet(connection.get(), encode(reply), descriptors));
    }

    asio::io_context context_{1};
    TemporaryFolder folder_;
    std::filesystem::path socket_ = folder_.path() / "launcher.sock";
    UniqueFd listener_;
    std::thread launcher_;
    std::vector<Request> asked_;
    RemoteVms vms_{context_.get_executor(), Caller(socket_)};
};

TEST_F(LauncherRemoteVms, BringAVmOfTheLevelThatWasAskedFor) {
    answer(1, IsolationLevel::confidential);
    const auto spawned = run(context_, vms_.start(test::make_confidential_spec(), {}));
    ASSERT_TRUE(spawned) << spawned.error().message;
    EXPECT_EQ(spawned->process.pid, 4711);
    finish();
    ASSERT_EQ(asked_.size(), 1U);
    const auto& told = std::get<StartVm>(asked_.front()).spec;
    EXPECT_EQ(told.level, IsolationLevel::confidential);
    EXPECT_TRUE(told.confidential);
}

TEST_F(LauncherRemoteVms, EndAnOrdinaryVmThatCameForAConfidentialOne) {
    answer(2, IsolationLevel::vm);
    const auto spawned = run(context_, vms_.start(test::make_confidential_spec(), {}));
    ASSERT_FALSE(spawned);
    EXPECT_EQ(spawned.error().code, Code::internal);
    EXPECT_THAT(spawned.error().message, testing::HasSubstr("level 'vm' instead of 'confidential'"));
    finish();
    ASSERT_EQ(asked_.size(), 2U);
    ASSERT_TRUE(std::holds_alternative<KillVm>(asked_.back()));
    EXPECT_EQ(std::get<KillVm>(asked_.back()).sandbox, test::make_confidential_spec().id);
}

} // namespace
} // namespace redoubt::node::launcher
