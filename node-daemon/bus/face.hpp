// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "common/async/task.hpp"
#include "node-daemon/sandbox/use_cases.hpp"

namespace redoubt::node::bus {

struct FaceOptions {
    std::string address;                   ///< of the bus; empty: the system bus
    std::chrono::seconds stop_timeout{10}; ///< of containers, when a drain does not say
};

/// The node on D-Bus: org.redoubt.Node1, over the same use cases as the management API. Containers and jobs
/// are objects below /org/redoubt/Node1 with properties and signals; work that takes time is a job, which has
/// progress and may be cancelled. Who may change something is polkit's to say. docs/formats/dbus-api.md.
/// Thread: main strand. Not to be destroyed before stop() has returned.
class Face {
  public:
    /// Connects and serves. A bus that goes away later is connected to again when it is back.
    /// Errors: unavailable there is no bus; already_exists another daemon has the name.
    static Task<std::unique_ptr<Face>> start(asio::any_io_executor executor, sandbox::Node& node,
                                             FaceOptions options);
    virtual ~Face() = default;
    Face(const Face&) = delete;
    Face& operator=(const Face&) = delete;

    /// Takes no more calls, and returns once those at work have ended: changes go on to their end.
    virtual asio::awaitable<void> stop() = 0;

  protected:
    Face() = default;
};

} // namespace redoubt::node::bus
