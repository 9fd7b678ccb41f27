// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::ctl {

/// Looks for the key sequence that detaches in what the user types. Keys that could begin the sequence are
/// held back until they do not.
class DetachKeys {
  public:
    /// "ctrl-p,ctrl-q": letters, or ctrl- and one of a-z @ [ ] ^ _. Empty: no sequence.
    /// Errors: invalid_argument naming the key.
    static Result<DetachKeys> parse(std::string_view text);

    struct Step {
        std::string forward; ///< for the process
        bool is_detached = false;
    };
    /// Takes the next typed bytes; what follows the sequence is dropped.
    [[nodiscard]] Step feed(std::string_view typed);

  private:
    std::string sequence_;
    std::size_t matched_ = 0;
};

} // namespace redoubt::ctl
