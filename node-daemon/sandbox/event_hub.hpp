// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "common/async/event.hpp"
#include "node-daemon/sandbox/container_spec.hpp"

namespace redoubt::node::sandbox {

/// Something that happened on the node.
struct NodeEvent {
    UnixTime time = 0;
    std::string type;   ///< "container", "image", "node"
    std::string action; ///< create, start, exit, oom, remove, pull, import, delete, ready
    std::string id;
    std::string name;
    std::map<std::string, std::string> attributes; ///< exit_code, image, reason...
};

/// Where use cases say what happened: the only road upwards. Keeps the last events in memory for those who
/// ask late. Thread: main strand. A subscriber that reads too slowly loses the oldest events, and is told how
/// many.
class EventHub {
  public:
    explicit EventHub(const asio::any_io_executor& executor, std::size_t kept = 1024);

    /// Stamps the event with the time and hands it to every subscriber.
    void publish(NodeEvent event);

    /// One reader of the stream. Must not outlive the hub.
    class Subscription {
      public:
        Subscription(EventHub& hub, std::uint64_t next, bool follow);

        /// The next event; nothing when there is none and it does not follow, or after close().
        asio::awaitable<std::optional<NodeEvent>> next();
        /// Wakes a waiting next().
        void close();

      private:
        EventHub& hub_;
        std::uint64_t next_;
        bool follow_;
        bool is_closed_ = false;
    };

    /// Events from `since` on (0: from now on).
    [[nodiscard]] std::unique_ptr<Subscription> subscribe(UnixTime since, bool follow);

  private:
    std::deque<NodeEvent> kept_;
    std::uint64_t first_ = 0; ///< number of kept_.front()
    std::size_t limit_;
    AsyncEvent changed_;
};

} // namespace redoubt::node::sandbox
