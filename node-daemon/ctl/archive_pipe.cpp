// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/archive_pipe.hpp"

#include <utility>

namespace redoubt::ctl {
namespace {

constexpr std::size_t k_ahead = 8;

} // namespace

ArchivePipe::ArchivePipe(Producer producer)
    : thread_([this, producer = std::move(producer)] {
          auto outcome = producer([this](std::string_view bytes) { return push(bytes); });
          const std::scoped_lock lock(mutex_);
          outcome_ = std::move(outcome);
          is_done_ = true;
          changed_.notify_all();
      }) {}

ArchivePipe::~ArchivePipe() {
    {
        const std::scoped_lock lock(mutex_);
        is_abandoned_ = true;
        changed_.notify_all();
    }
    thread_.join();
}

Result<std::string> ArchivePipe::read() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !pieces_.empty() || is_done_; });
    if (pieces_.empty()) {
        if (!outcome_) return std::unexpected(outcome_.error());
        return std::string();
    }
    auto bytes = std::move(pieces_.front());
    pieces_.pop_front();
    changed_.notify_all();
    return bytes;
}

Status ArchivePipe::push(std::string_view bytes) {
    if (bytes.empty()) return {};
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return pieces_.size() < k_ahead || is_abandoned_; });
    if (is_abandoned_) return fail(Code::cancelled, "the copy was given up");
    pieces_.emplace_back(bytes);
    changed_.notify_all();
    return {};
}

} // namespace redoubt::ctl
