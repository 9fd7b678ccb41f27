// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/service_loop.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include <csignal>
#include <thread>

#include "common/log/log.hpp"
#include "tests/support/notify_socket.hpp"

namespace redoubt::node {
namespace {

/// The loop on a thread of its own; the test is the service manager.
class ServiceLoop : public testing::Test {
  protected:
    void SetUp() override {
        log::set_level(log::Level::error);
        ::setenv("WATCHDOG_USEC", "2000", 1);
        manager_.emplace(host::ServiceManager::connect().value());
        ::unsetenv("WATCHDOG_USEC");
        ServiceActions actions{.reload = [this]() -> Status {
                                   ++reloads_;
                                   if (reloads_ > 1) return fail(Code::invalid_argument, "no such key");
                                   return {};
                               },
                               .status = [] { return "1 of 1 containers running"; }};
        asio::co_spawn(io_, serve_until_stopped(*manager_, std::move(actions)),
                       [this](const std::exception_ptr&) { has_ended_ = true; });
        strand_ = std::thread([this] { io_.run(); });
        socket_.receive("READY=1");
    }
    void TearDown() override {
        if (strand_.joinable()) end();
    }
    void end() {
        ::kill(::getpid(), SIGTERM);
        strand_.join();
    }

    testing_support::NotifySocket socket_;
    std::optional<host::ServiceManager> manager_;
    asio::io_context io_{1};
    std::thread strand_;
    int reloads_ = 0;
    bool has_ended_ = false;
};

TEST_F(ServiceLoop, SaysThatItIsReadyAndAliveAndHowItIs) {
    socket_.receive("WATCHDOG=1");
    EXPECT_EQ(socket_.receive("STATUS=").text, "STATUS=1 of 1 containers running");
    socket_.receive("WATCHDOG=1");
}

TEST_F(ServiceLoop, ReloadsWhenAskedAndGoesOnWhenThatFails) {
    for (int i = 0; i < 2; ++i) {
        ::kill(::getpid(), SIGHUP);
        socket_.receive("RELOADING=1");
        socket_.receive("READY=1");
    }
    EXPECT_EQ(reloads_, 2);
}

TEST_F(ServiceLoop, SaysThatItStopsBeforeItEnds) {
    end();
    socket_.receive("STOPPING=1");
    EXPECT_TRUE(has_ended_);
}

} // namespace
} // namespace redoubt::node
