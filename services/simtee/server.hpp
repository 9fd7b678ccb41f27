// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/thread_pool.hpp>

#include "common/async/task_scope.hpp"
#include "common/base/unique_fd.hpp"
#include "services/simtee/guest_session.hpp"

namespace redoubt::services::simtee {

struct ServerLimits {
    std::size_t connections = 256;
    std::size_t connections_of_user = 128;
    std::size_t requests_per_second = 20; ///< of one guest
};

/// A unix socket that everybody on this machine may connect to: who is served is decided by what connects.
/// Replaces one that is there. Errors: by errno; invalid_argument a path too long.
[[nodiscard]] Result<UniqueFd> listen_at(const std::filesystem::path& path);

/// Answers guests, one a connection: its QEMU has connected the chardev of a virtio-serial port. Thread: main
/// strand.
class Server {
  public:
    /// Lifetime: borrows the simulator.
    Server(const asio::any_io_executor& executor, UniqueFd listener, const Simulator& simulator,
           ServerLimits limits);

    void start();
    /// Returns when no guest is served any more.
    asio::awaitable<void> stop();

  private:
    using Socket = asio::local::stream_protocol::socket;
    struct Talk;

    asio::awaitable<void> accept();
    asio::awaitable<void> serve(UniqueFd connection, uid_t user);
    asio::awaitable<void> converse(UniqueFd connection);
    /// One request and its answer; false when there will be no other.
    asio::awaitable<bool> exchange(Talk& talk);
    Task<tee::simtee_link::Answer> answer(Talk& talk, tee::simtee_link::Request request);

    asio::any_io_executor executor_;
    asio::posix::stream_descriptor listener_;
    const Simulator& simulator_;
    ServerLimits limits_;
    std::map<uid_t, std::size_t> users_; ///< connections of each
    asio::thread_pool files_{2};         ///< reading and hashing
    TaskScope accepting_;
    TaskScope talks_;
};

} // namespace redoubt::services::simtee
