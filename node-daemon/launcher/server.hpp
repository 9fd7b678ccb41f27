// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "common/async/task_scope.hpp"
#include "common/base/unique_fd.hpp"
#include "node-daemon/launcher/service.hpp"

namespace redoubt::node::launcher {

/// A socket to listen on, for `owner` alone, or for this process's user. Errors: by errno; invalid_argument.
[[nodiscard]] Result<UniqueFd> listen_at(const std::filesystem::path& path, std::optional<uid_t> owner);

/// Hears requests: one a connection, from root and one other user; whoever else connects is told so and no
/// more. Thread: main strand.
class Server {
  public:
    /// `user`: beside root.
    Server(const asio::any_io_executor& executor, UniqueFd listener, uid_t user, Service& service);

    void start();
    /// Takes no more requests, and returns when those at work are done.
    asio::awaitable<void> stop();

  private:
    asio::awaitable<void> accept();
    asio::awaitable<void> converse(UniqueFd connection);

    asio::any_io_executor executor_;
    asio::posix::stream_descriptor listener_;
    uid_t user_;
    Service& service_;
    TaskScope accepting_;
    TaskScope talks_;
};

} // namespace redoubt::node::launcher
