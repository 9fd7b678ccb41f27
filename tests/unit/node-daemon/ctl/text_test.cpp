// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <gtest/gtest.h>

#include "node-daemon/ctl/detach_keys.hpp"
#include "node-daemon/ctl/exit_code.hpp"
#include "node-daemon/ctl/host.hpp"
#include "node-daemon/ctl/progress.hpp"
#include "node-daemon/ctl/time_text.hpp"

namespace redoubt::ctl {
namespace {

using namespace std::chrono_literals;
constexpr UnixTime k_second = 1'000'000'000;

TEST(TimeText, SaysDurationsAsPodmanDoes) {
    const std::pair<std::int64_t, const char*> cases[]{
        {0, "Less than a second"}, {1, "1 second"},           {59, "59 seconds"},
        {60, "About a minute"},    {120, "2 minutes"},        {3600, "About an hour"},
        {7200, "2 hours"},         {86'400 * 3, "3 days"},    {86'400 * 15, "2 weeks"},
        {86'400 * 90, "3 months"}, {86'400 * 800, "2 years"},
    };
    for (const auto& [seconds, text] : cases) EXPECT_EQ(render_rough_duration(seconds * k_second), text);
    EXPECT_EQ(render_rough_duration(-5 * k_second), "Less than a second");
}

TEST(TimeText, ReadsMoments) {
    constexpr UnixTime k_now = 1'767'168'000 * k_second;
    EXPECT_EQ(parse_moment("10m", k_now), k_now - 600 * k_second);
    EXPECT_EQ(parse_moment("1767168000", k_now), k_now);
    EXPECT_EQ(parse_moment("1767168000.5", k_now), k_now + k_second / 2);
    EXPECT_EQ(parse_moment("2025-12-31T08:00:00Z", k_now), k_now);
    EXPECT_EQ(parse_moment("2025-12-31T08:00:00.5Z", k_now), k_now + k_second / 2);
    EXPECT_EQ(parse_moment("2025-12-31T09:00:00+01:00", k_now), k_now);
    EXPECT_EQ(parse_moment("2025-12-31T08:00:00", k_now), k_now);
    EXPECT_EQ(parse_moment("2025-12-31", k_now), k_now - 8 * 3600 * k_second);
    for (const auto* text : {"", "yesterday", "2025-13-01", "-5", "1e30", "99999999999999"}) {
        EXPECT_FALSE(parse_moment(text, k_now)) << text;
    }
}

TEST(TimeText, WritesWhatItReads) {
    EXPECT_EQ(render_time(0), "");
    EXPECT_EQ(render_time(1'767'168'000 * k_second + 7), "2025-12-31T08:00:00.000000007Z");
    EXPECT_EQ(parse_moment(render_time(1'767'168'000 * k_second + 7), 0), 1'767'168'000 * k_second + 7);
}

TEST(DetachKeys, AreFoundAcrossReads) {
    auto keys = DetachKeys::parse("ctrl-p,ctrl-q").value();
    auto step = keys.feed("ab\x10");
    EXPECT_EQ(step.forward, "ab");
    EXPECT_FALSE(step.is_detached);
    step = keys.feed("\x11rest");
    EXPECT_EQ(step.forward, "");
    EXPECT_TRUE(step.is_detached);
}

TEST(DetachKeys, HeldBackKeysAreDeliveredWhenTheSequenceBreaks) {
    auto keys = DetachKeys::parse("ctrl-p,ctrl-q").value();
    EXPECT_EQ(keys.feed("\x10").forward, "");
    EXPECT_EQ(keys.feed("x").forward, "\x10x");
    EXPECT_EQ(keys.feed("\x10\x10").forward, "\x10");
    EXPECT_TRUE(keys.feed("\x11").is_detached);
}

TEST(DetachKeys, CanBeLettersOrNone) {
    EXPECT_EQ(DetachKeys::parse("")->feed("\x10\x11").forward, "\x10\x11");
    EXPECT_TRUE(DetachKeys::parse("a,ctrl-@,ctrl-[")->feed(std::string_view("a\0\x1b", 3)).is_detached);
    EXPECT_EQ(DetachKeys::parse("ctrl-").error().message,
              "detach keys: 'ctrl-' is neither a letter nor ctrl- and a letter");
    EXPECT_FALSE(DetachKeys::parse("a,,b"));
}

TEST(ExitCode, FollowsPodman) {
    EXPECT_EQ(exit_code_of({Code::not_found, "exec: \"x\": executable file not found in $PATH"}), 127);
    EXPECT_EQ(exit_code_of({Code::not_found, "start container ab: exec: \"/x\": no such file or directory"}),
              127);
    EXPECT_EQ(exit_code_of({Code::permission_denied, "exec: \"/etc\": permission denied"}), 126);
    EXPECT_EQ(exit_code_of({Code::not_found, "no image 'exec: '"}), 125);
    EXPECT_EQ(exit_code_of({Code::permission_denied, "connect to /run: Permission denied"}), 125);
    EXPECT_EQ(exit_code_of({Code::internal, "exec: fork failed"}), 125);
}

TEST(Host, IsAUnixSocketForNow) {
    EXPECT_EQ(socket_path_of("unix:///run/x.sock"), "/run/x.sock");
    EXPECT_EQ(socket_path_of("unix:/run/x.sock"), "/run/x.sock");
    EXPECT_EQ(socket_path_of("/run/x.sock"), "/run/x.sock");
    EXPECT_EQ(socket_path_of("ssh://host").error(),
              (Error{Code::unimplemented, "host 'ssh://host': only unix:///PATH is implemented"}));
    EXPECT_EQ(socket_path_of("host").error().code, Code::invalid_argument);
    EXPECT_EQ(socket_path_of("unix:///" + std::string(200, 'x')).error().code, Code::invalid_argument);
}

TEST(Host, SaysHowToReachTheDaemon) {
    const auto status = check_daemon_listens("/nonexistent/redoubtd.sock");
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error(),
              (Error{Code::unavailable, "connect to /nonexistent/redoubtd.sock: No such file or directory\n"
                                        "is redoubtd running? systemctl start redoubtd"}));
}

pb::LayerProgress layer(const char* digest, pb::LayerProgress::Phase phase, std::uint64_t done,
                        std::uint64_t total) {
    pb::LayerProgress progress;
    progress.set_digest(digest);
    progress.set_phase(phase);
    progress.set_done_bytes(done);
    progress.set_total_bytes(total);
    return progress;
}

TEST(Progress, DrawsABar) {
    EXPECT_EQ(
        render_layer(layer("sha256:0123456789abcdef", pb::LayerProgress::DOWNLOADING, 500'000, 1'000'000), 3s,
                     0),
        "0123456789ab  downloading   [============>           ]  50%  500 kB / 1 MB  3s");
    EXPECT_EQ(render_layer(layer("sha256:01", pb::LayerProgress::CONVERTING, 1'000'000, 0), 0s, 0),
              "01            converting    1 MB");
    EXPECT_EQ(render_layer(layer("sha256:01", pb::LayerProgress::EXISTS, 0, 0), 0s, 0),
              "01            already here");
    EXPECT_EQ(render_layer(layer("sha256:01", pb::LayerProgress::DOWNLOADING, 9, 3), 0s, 20).size(), 20U);
}

TEST(Progress, RedrawsTheLinesOfATerminal) {
    Progress progress(ProgressStyle::bars);
    const auto now = Progress::Clock::now();
    EXPECT_EQ(progress.update(layer("a", pb::LayerProgress::WAITING, 0, 0), now, 80),
              "\ra             waiting\x1b[K\n");
    EXPECT_EQ(progress.update(layer("b", pb::LayerProgress::EXISTS, 0, 0), now, 80),
              "\x1b[1A\ra             waiting\x1b[K\n\rb             already here\x1b[K\n");
    EXPECT_TRUE(
        progress.update(layer("a", pb::LayerProgress::DONE, 5, 5), now, 80).starts_with("\x1b[2A\ra "));
}

TEST(Progress, WritesALineAPhaseElsewhere) {
    Progress progress(ProgressStyle::lines);
    const auto now = Progress::Clock::now();
    EXPECT_EQ(progress.update(layer("a", pb::LayerProgress::WAITING, 0, 0), now, 80), "");
    EXPECT_EQ(progress.update(layer("a", pb::LayerProgress::DOWNLOADING, 1, 9), now, 80),
              "a             downloading\n");
    EXPECT_EQ(progress.update(layer("a", pb::LayerProgress::DOWNLOADING, 5, 9), now, 80), "");
    EXPECT_EQ(progress.update(layer("a", pb::LayerProgress::DONE, 9, 9), now + 2s, 80),
              "a             done          9 B  2s\n");
    EXPECT_EQ(Progress(ProgressStyle::none).update(layer("a", pb::LayerProgress::DONE, 9, 9), now, 80), "");
}

} // namespace
} // namespace redoubt::ctl
