// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "common/async/event.hpp"
#include "common/async/task.hpp"
#include "common/base/unique_fd.hpp"
#include "node-daemon/hypervisor/qemu/qmp.hpp"

namespace redoubt::node::hypervisor::qemu {

/// A QMP connection: commands with deadlines, and an ear for events. Thread: main strand.
/// Shared by the machine that speaks and by the coroutine that runs receive().
class QmpSession : public std::enable_shared_from_this<QmpSession> {
  public:
    using EventFn = std::function<void(const QmpEvent&)>;

    QmpSession(const asio::any_io_executor& executor, EventFn on_event)
        : socket_(executor), on_event_(std::move(on_event)), greeted_(executor) {}

    /// Connects; QEMU need not have begun, as the daemon made the socket.
    Status connect(const std::filesystem::path& path);

    /// Reads until the connection ends; every command in flight then fails. Run beside the session's users.
    asio::awaitable<void> receive();

    /// Waits for the greeting and enters command mode.
    Task<void> negotiate(Duration limit);

    /// Runs one command; `fd`, when given, travels with it (add-fd).
    /// Errors: unavailable when the connection is lost; deadline_exceeded; failed_precondition with QEMU's
    /// own words.
    Task<boost::json::value> execute(std::string command, boost::json::object arguments, Duration limit,
                                     UniqueFd fd = {});

    [[nodiscard]] bool is_open() const { return !is_closed_; }
    void close();

  private:
    struct Pending {
        explicit Pending(const asio::any_io_executor& executor) : answered(executor) {}
        AsyncEvent answered;
        std::optional<Result<boost::json::value>> result;
    };

    Status send(const std::string& line, int fd);
    void deliver(QmpMessage message);
    void answer(std::uint64_t id, Result<boost::json::value> result);
    Task<void> wait_for_greeting();
    static Task<boost::json::value> wait_for_answer(std::shared_ptr<Pending> pending);

    asio::local::stream_protocol::socket socket_;
    EventFn on_event_;
    AsyncEvent greeted_;
    QmpDecoder decoder_;
    /// Shared by the map and the awaiting execute(), either of which may end first.
    std::map<std::uint64_t, std::shared_ptr<Pending>> pending_;
    std::uint64_t next_id_ = 1;
    bool is_closed_ = false;
};

} // namespace redoubt::node::hypervisor::qemu
