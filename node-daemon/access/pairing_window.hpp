// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "common/base/error.hpp"
#include "common/crypto/digest.hpp"
#include "common/crypto/secret.hpp"

namespace redoubt::node::access {

inline constexpr unsigned k_pairing_tries = 5;
inline constexpr std::chrono::minutes k_pairing_time{10};

/// The time in which a node can be paired: one code, five tries, ten minutes, one use. In memory alone.
/// Thread: one at a time. `now` never goes back.
class PairingWindow {
  public:
    using Time = std::chrono::steady_clock::time_point;

    struct State {
        bool is_open = false;
        std::string code; ///< for people; empty when it is not open
        unsigned tries_left = 0;
        std::chrono::seconds left{};
        std::string closed_reason; ///< empty when it is open
    };

    /// A new code for the node of that fingerprint; an old one is void. Takes some 0.1 s. Errors: internal.
    Status open(const crypto::Digest& node, Time now);
    /// The same with a given code, for tests. Errors: invalid_argument.
    Status open_with(std::string code, const crypto::Digest& node, Time now);
    void close(std::string reason);

    /// Spends a try. On success the window is closed and the node's own proof returned.
    /// Errors: permission_denied the proof is wrong, naming the tries left; failed_precondition closed, and
    /// why.
    Result<std::string> prove(std::string_view proof, const crypto::Digest& client, Time now);

    [[nodiscard]] State state(Time now);

  private:
    struct Open {
        std::string code;
        crypto::Secret key;
        crypto::Digest node;
        unsigned tries_left = k_pairing_tries;
        Time end;
    };
    void end_if_late(Time now);

    std::optional<Open> open_;
    std::string closed_reason_ = "nobody has opened it";
};

} // namespace redoubt::node::access
