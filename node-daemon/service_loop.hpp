// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <functional>
#include <string>

#include "common/async/task.hpp"
#include "node-daemon/host/service_manager.hpp"

namespace redoubt::node {

/// What the daemon does when its service manager, or whoever sends signals, asks.
struct ServiceActions {
    std::function<Status()> reload;      ///< SIGHUP; an error leaves all as it was
    std::function<std::string()> status; ///< one line for people
};

/// Says that the daemon is ready, gives signs of life, and reloads on SIGHUP. Returns when SIGTERM or SIGINT
/// asks the daemon to end, after having said so. Thread: main strand, whose liveness is what is watched.
asio::awaitable<void> serve_until_stopped(const host::ServiceManager& manager, ServiceActions actions);

} // namespace redoubt::node
