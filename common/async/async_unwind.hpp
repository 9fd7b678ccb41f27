// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "common/async/task.hpp"

namespace redoubt {

/// Undo steps that have to wait, for a use case of several steps. A destructor cannot wait, so the use case
/// is split:
///
///     AsyncUnwind undo;
///     auto result = co_await steps(..., undo);   // pushes what takes back each step
///     co_await undo.finish(result.has_value());  // takes all back, last first, unless it succeeded
///
/// Steps must not fail, and must not be cancelled. A step's captures live until it has ended.
class AsyncUnwind {
  public:
    using Step = std::move_only_function<asio::awaitable<void>()>;

    void push(Step undo) { steps_.push_back(std::move(undo)); }

    asio::awaitable<void> finish(bool succeeded) {
        while (!steps_.empty()) {
            auto step = std::move(steps_.back());
            steps_.pop_back();
            if (!succeeded) co_await step();
        }
    }

  private:
    std::vector<Step> steps_;
};

} // namespace redoubt
