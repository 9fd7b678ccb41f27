// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <functional>
#include <utility>
#include <vector>

namespace redoubt {

/// Undo steps of a use case, run in reverse order unless commit() was called. Steps must not fail.
/// For undo work that has to await, see common/async/async_unwind.hpp.
class Unwind {
  public:
    Unwind() = default;
    Unwind(const Unwind&) = delete;
    Unwind& operator=(const Unwind&) = delete;
    Unwind(Unwind&& other) noexcept : steps_(std::exchange(other.steps_, {})) {}
    Unwind& operator=(Unwind&&) = delete;
    ~Unwind() {
        for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) (*step)();
    }

    /// Registers what takes back the step just done.
    void push(std::move_only_function<void()> undo) { steps_.push_back(std::move(undo)); }
    /// The whole succeeded: nothing is taken back.
    void commit() { steps_.clear(); }

  private:
    std::vector<std::move_only_function<void()>> steps_;
};

} // namespace redoubt
