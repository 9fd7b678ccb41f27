// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/async/task.hpp"
#include "common/base/unique_fd.hpp"
#include "node-daemon/launcher/protocol/messages.hpp"

namespace redoubt::node::launcher {

struct Reply {
    Answer answer;
    std::vector<UniqueFd> descriptors;
};

/// Asks redoubt-launcher: a connection a request. Thread: main strand.
class Caller {
  public:
    explicit Caller(std::filesystem::path socket) : socket_(std::move(socket)) {}

    /// `descriptors` are closed when it has been asked. What is asked for is done even when the caller does
    /// not wait for it. Errors: the launcher's; unavailable it is not there, or went away over it;
    /// deadline_exceeded.
    Task<Reply> ask(Request request, std::vector<UniqueFd> descriptors = {}) const;

    /// The same, where the answer is a value of that kind.
    template <class Wanted>
    Task<Wanted> ask_for(Request request) const {
        RDT_CO_TRY(auto reply, co_await ask(std::move(request)));
        if (auto* answer = std::get_if<Wanted>(&reply.answer)) co_return std::move(*answer);
        co_return std::unexpected(wrong_kind(reply.answer));
    }
    Task<void> order(Request request, std::vector<UniqueFd> descriptors = {}) const;

    /// Of an answer that is none to the question.
    [[nodiscard]] static Error wrong_kind(const Answer& answer);

  private:
    std::filesystem::path socket_;
};

} // namespace redoubt::node::launcher
