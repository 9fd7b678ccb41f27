// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/simtee/guest_session.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>

namespace redoubt::services::simtee {
namespace {

constexpr ProgramIdentity k_believed{.device = 1, .inode = 2};

ProcessView make_view() {
    ProcessView view;
    view.program = k_believed;
    view.environment = {"PATH=/usr/bin", "HOME=/"};
    return view;
}

void expect_refused(const ProcessView& view, const std::string& word) {
    const auto checked = check_program(view, k_believed);
    ASSERT_FALSE(checked) << word;
    EXPECT_EQ(checked.error().code, Code::permission_denied);
    EXPECT_NE(checked.error().message.find(word), std::string::npos) << checked.error().message;
}

TEST(GuestSession, BelievesTheOneQemuAndNoOtherProgram) {
    EXPECT_TRUE(check_program(make_view(), k_believed));
    auto other = make_view();
    other.program.inode = 3;
    expect_refused(other, "not the QEMU");
    other = make_view();
    other.program.device = 3;
    expect_refused(other, "not the QEMU");
}

TEST(GuestSession, RefusesAQemuThatIsDebuggedOrLoadsForeignCode) {
    auto debugged = make_view();
    debugged.tracer = 12;
    expect_refused(debugged, "process 12");
    for (const auto* variable : {"LD_PRELOAD=/tmp/x.so", "LD_LIBRARY_PATH=/tmp", "LD_AUDIT=x",
                                 "QEMU_MODULE_DIR=/tmp", "GCONV_PATH=/tmp"}) {
        auto view = make_view();
        view.environment.emplace_back(variable);
        expect_refused(view, std::string(variable).substr(0, std::string(variable).find('=')));
    }
}

TEST(GuestSession, AProcessThatIsNoQemuGetsNoSession) {
    std::array<int, 2> ends{-1, -1};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    const UniqueFd one(ends[0]);
    const UniqueFd two(ends[1]);
    auto process = PeerProcess::of(one.get());
    ASSERT_TRUE(process);
    const Simulator simulator{.qemu = "/bin/sh", .executed_firmware = {}};
    const auto session = GuestSession::open(*std::move(process), simulator);
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().code, Code::permission_denied);
}

} // namespace
} // namespace redoubt::services::simtee
