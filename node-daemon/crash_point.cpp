// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/crash_point.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <format>
#include <memory>
#include <string>

#include "common/base/file.hpp"

namespace redoubt::node {
namespace {

/// Counts the points since the file was written.
class CrashPoint {
  public:
    explicit CrashPoint(std::filesystem::path file) : file_(std::move(file)) {}

    void pass(store::WriteSide side, const std::string& write) {
        const auto wish = read_file(file_);
        if (!wish || *wish != wish_) seen_ = 0;
        wish_ = wish.value_or("");
        if (!wish || std::to_string(++seen_) != *wish) return;
        const auto* when = side == store::WriteSide::before ? "before" : "after";
        [[maybe_unused]] const auto said =
            write_all(STDERR_FILENO, std::format("crash point {}: {} {}\n", seen_, when, write));
        ::kill(::getpid(), SIGKILL);
        for (;;) ::pause();
    }

  private:
    std::filesystem::path file_;
    std::string wish_;
    int seen_ = 0;
};

Task<void> pass(std::shared_ptr<CrashPoint> point, store::WriteSide side, std::string write) {
    point->pass(side, write);
    co_return Status{};
}

} // namespace

void arm_crash_point(store::StateStore& store) {
    const auto* file = std::getenv("REDOUBT_CRASH_FILE"); // NOLINT(concurrency-mt-unsafe): nobody sets it
    if (file == nullptr) return;
    store.watch_writes(
        [point = std::make_shared<CrashPoint>(file)](store::WriteSide side, std::string write) {
            return pass(point, side, std::move(write));
        });
}

} // namespace redoubt::node
