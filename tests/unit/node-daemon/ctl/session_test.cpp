// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

#include <condition_variable>
#include <csignal>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "common/base/file.hpp"
#include "common/base/unique_fd.hpp"
#include "node-daemon/ctl/process_session.hpp"

namespace redoubt::ctl {
namespace {

using Kind = ProcessMessage::Kind;

/// A process whose messages the test writes and whose input the test reads.
class FakeStream final : public ProcessStream {
  public:
    /// Called, on the session's input thread, for "stdin:...", "eof" and "size:ROWSxCOLUMNS".
    std::function<void(FakeStream&, const std::string&)> on_input = [](FakeStream&, const std::string&) {};

    void say(ProcessMessage message) {
        const std::scoped_lock lock(mutex_);
        messages_.push_back(std::move(message));
        changed_.notify_all();
    }
    std::vector<std::string> inputs() {
        const std::scoped_lock lock(mutex_);
        return inputs_;
    }

    std::optional<ProcessMessage> read() override {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !messages_.empty() || is_cancelled_; });
        if (messages_.empty()) return std::nullopt;
        auto message = std::move(messages_.front());
        messages_.pop_front();
        return message;
    }
    bool write_stdin(std::string bytes) override { return take("stdin:" + bytes); }
    bool close_stdin() override { return take("eof"); }
    bool resize(std::uint32_t rows, std::uint32_t columns) override {
        return take(std::format("size:{}x{}", rows, columns));
    }
    void cancel() override {
        const std::scoped_lock lock(mutex_);
        is_cancelled_ = true;
        changed_.notify_all();
    }
    Status finish() override { return verdict; }

    Status verdict;

  private:
    bool take(const std::string& input) {
        {
            const std::scoped_lock lock(mutex_);
            inputs_.push_back(input);
        }
        on_input(*this, input);
        return true;
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<ProcessMessage> messages_;
    std::vector<std::string> inputs_;
    bool is_cancelled_ = false;
};

/// Puts other descriptors in the place of standard input and output while it lives.
class Redirected {
  public:
    Redirected(int place, int fd) : place_(place), before_(::dup(place)) { ::dup2(fd, place); }
    ~Redirected() { ::dup2(before_.get(), place_); }
    Redirected(const Redirected&) = delete;
    Redirected& operator=(const Redirected&) = delete;

  private:
    int place_;
    UniqueFd before_;
};

class Session : public testing::Test {
  protected:
    void SetUp() override {
        int ends[2];
        ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
        input_read_.reset(ends[0]);
        input_write_.reset(ends[1]);
        output_path_ = testing::TempDir() + "session-output";
        output_ = std::move(*open_file(output_path_, O_RDWR | O_CREAT | O_TRUNC, 0600));
    }
    void TearDown() override { ::unlink(output_path_.c_str()); }

    Result<SessionEnd> run(SessionOptions options, int input) {
        const Redirected in(STDIN_FILENO, input);
        const Redirected out(STDOUT_FILENO, output_.get());
        return run_session(stream_, std::move(options));
    }

    FakeStream stream_;
    UniqueFd input_read_;
    UniqueFd input_write_;
    UniqueFd output_;
    std::string output_path_;
};

TEST_F(Session, CopiesOutputAndEndsWithTheExitCode) {
    stream_.say({Kind::connected, {}});
    stream_.say({Kind::standard_output, "one "});
    stream_.say({Kind::standard_output, "two"});
    stream_.say({Kind::exited, {}, 3});
    const auto end = run({}, input_read_.get());
    ASSERT_TRUE(end) << end.error().message;
    EXPECT_EQ(end->exit_code, 3);
    EXPECT_EQ(exit_code_of_session(*end), 3);
    EXPECT_EQ(read_file(output_path_), "one two");
    EXPECT_TRUE(stream_.inputs().empty());
}

TEST_F(Session, PassesInputOnUntilItsEnd) {
    stream_.on_input = [](FakeStream& stream, const std::string& input) {
        if (input == "eof") stream.say({Kind::exited, {}, 0});
    };
    ASSERT_EQ(::write(input_write_.get(), "hello", 5), 5);
    input_write_.reset();
    stream_.say({Kind::connected, {}});
    const auto end = run({.with_stdin = true}, input_read_.get());
    ASSERT_TRUE(end);
    EXPECT_EQ(stream_.inputs(), (std::vector<std::string>{"stdin:hello", "eof"}));
}

TEST_F(Session, DoesNotReadInputBeforeTheProcessRuns) {
    ASSERT_EQ(::write(input_write_.get(), "early", 5), 5);
    stream_.verdict = fail(Code::not_found, "exec: \"x\": executable file not found in $PATH");
    stream_.cancel();
    const auto end = run({.with_stdin = true}, input_read_.get());
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().code, Code::not_found);
    EXPECT_TRUE(stream_.inputs().empty());
}

TEST_F(Session, IsRawAndSizedOnATerminalAndRestoresIt) {
    int master = -1;
    int slave = -1;
    winsize size{.ws_row = 30, .ws_col = 100, .ws_xpixel = 0, .ws_ypixel = 0};
    ASSERT_EQ(::openpty(&master, &slave, nullptr, nullptr, &size), 0);
    const UniqueFd user(master);
    const UniqueFd terminal(slave);
    termios during{};
    stream_.on_input = [&](FakeStream& stream, const std::string& input) {
        if (input == "size:30x100") {
            ::tcgetattr(terminal.get(), &during);
            ASSERT_EQ(::write(user.get(), "\x03", 1), 1); // a key like others in raw mode
        } else if (input == "stdin:\x03") {
            stream.say({Kind::exited, {}, 130});
        }
    };
    stream_.say({Kind::connected, {}});
    const auto end = run({.with_stdin = true, .raw_terminal = true}, terminal.get());
    ASSERT_TRUE(end);
    EXPECT_EQ(end->exit_code, 130);
    EXPECT_EQ(during.c_lflag & static_cast<tcflag_t>(ICANON | ECHO | ISIG), 0U);
    termios after{};
    ASSERT_EQ(::tcgetattr(terminal.get(), &after), 0);
    EXPECT_NE(after.c_lflag & static_cast<tcflag_t>(ICANON), 0U);
    EXPECT_NE(after.c_lflag & static_cast<tcflag_t>(ECHO), 0U);
}

TEST_F(Session, DetachesOnItsKeys) {
    int master = -1;
    int slave = -1;
    ASSERT_EQ(::openpty(&master, &slave, nullptr, nullptr, nullptr), 0);
    const UniqueFd user(master);
    const UniqueFd terminal(slave);
    termios raw{};
    ASSERT_EQ(::tcgetattr(terminal.get(), &raw), 0);
    ::cfmakeraw(&raw); // typed before the session: nothing is to be line-buffered
    ASSERT_EQ(::tcsetattr(terminal.get(), TCSANOW, &raw), 0);
    ASSERT_EQ(::write(user.get(), "a\x10\x11", 3), 3);
    stream_.say({Kind::connected, {}});
    const auto end =
        run({.with_stdin = true, .raw_terminal = true, .detach_keys = "ctrl-p,ctrl-q"}, terminal.get());
    ASSERT_TRUE(end);
    EXPECT_TRUE(end->is_detached);
    EXPECT_EQ(exit_code_of_session(*end), 0);
    EXPECT_EQ(stream_.inputs(), (std::vector<std::string>{"stdin:a"}));
}

TEST_F(Session, PassesSignalsOnOnceTheProcessRuns) {
    std::vector<int> signals;
    SessionOptions options;
    options.on_signal = [&](int signal) {
        signals.push_back(signal);
        stream_.say({Kind::exited, {}, 128 + signal});
    };
    stream_.say({Kind::connected, {}});
    stream_.say({Kind::standard_output, "running"});
    std::thread sender([&] {
        while (read_file(output_path_).value_or("") != "running")
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        ::kill(::getpid(), SIGTERM);
    });
    const auto end = run(std::move(options), input_read_.get());
    sender.join();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->exit_code, 128 + SIGTERM);
    EXPECT_EQ(signals, std::vector<int>{SIGTERM});
}

TEST_F(Session, EndsOnASignalThatNobodyTakes) {
    stream_.say({Kind::connected, {}});
    stream_.say({Kind::standard_output, "running"});
    std::thread sender([&] {
        while (read_file(output_path_).value_or("") != "running")
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        ::kill(::getpid(), SIGINT);
    });
    const auto end = run({}, input_read_.get());
    sender.join();
    ASSERT_TRUE(end);
    EXPECT_EQ(exit_code_of_session(*end), 128 + SIGINT);
}

TEST_F(Session, EndsWhenNobodyReadsItsOutput) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    ::close(ends[0]);
    output_.reset(ends[1]);
    stream_.say({Kind::connected, {}});
    stream_.say({Kind::standard_output, "lost"});
    const auto end = run({}, input_read_.get());
    ASSERT_TRUE(end);
    EXPECT_EQ(exit_code_of_session(*end), 128 + SIGPIPE);
}

TEST_F(Session, RefusesBadDetachKeys) {
    const auto end = run({.detach_keys = "ctrl-!"}, input_read_.get());
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().code, Code::invalid_argument);
}

} // namespace
} // namespace redoubt::ctl
