// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/oci_runtime/namespaces.hpp"

#include <csignal>
#include <sched.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include <gtest/gtest.h>

namespace redoubt::guest::oci_runtime {
namespace {

/// While it lives, a signal whose handler does not ask for interrupted calls to be restarted comes every 200
/// µs.
class SignalStorm {
  public:
    SignalStorm() {
        struct sigaction action = {};
        action.sa_handler = [](int) {};
        ::sigaction(SIGALRM, &action, &before_);
        set_interval(200);
    }
    SignalStorm(const SignalStorm&) = delete;
    SignalStorm& operator=(const SignalStorm&) = delete;
    ~SignalStorm() {
        set_interval(0);
        ::sigaction(SIGALRM, &before_, nullptr);
    }

  private:
    static void set_interval(suseconds_t microseconds) {
        const itimerval timer{.it_interval = {0, microseconds}, .it_value = {0, microseconds}};
        ::setitimer(ITIMER_REAL, &timer, nullptr);
    }

    struct sigaction before_ = {};
};

TEST(SharedNamespaces, AreMadeUnderAStormOfSignals) {
    if (::geteuid() != 0) GTEST_SKIP() << "namespaces are made by root";
    const SignalStorm storm;
    for (int round = 0; round < 20; ++round) {
        const auto made = make_shared_namespaces("storm");
        ASSERT_TRUE(made.has_value()) << made.error().message;
        ASSERT_EQ(made->size(), 2U);
        EXPECT_EQ((*made)[0].flag | (*made)[1].flag, CLONE_NEWIPC | CLONE_NEWUTS);
        EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "their holder was left as a zombie";
    }
}

TEST(SharedNamespaces, SayWhatTheirHolderSaid) {
    if (::geteuid() != 0) GTEST_SKIP() << "namespaces are made by root";
    const auto made = make_shared_namespaces(std::string(65, 'x'));
    ASSERT_FALSE(made.has_value());
    EXPECT_EQ(made.error().code, Code::invalid_argument);
    EXPECT_TRUE(made.error().message.starts_with("make the sandbox's namespaces: set host name 'xxx"));
}

} // namespace
} // namespace redoubt::guest::oci_runtime
