// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <functional>

#include "common/async/task.hpp"
#include "common/base/unique_fd.hpp"

namespace redoubt::services {

/// Signals that come from now on wait for serve_until_stopped(): who is stopped while it starts still ends in
/// order. For the first thread, before it makes others.
void hold_signals();

/// Says to the service manager that the service is ready, gives signs of life, and calls `reload` on SIGHUP.
/// Returns when SIGTERM or SIGINT asks the service to end, after having said so. Thread: main strand.
asio::awaitable<void> serve_until_stopped(std::function<Status()> reload);

/// The listening socket that the service manager passed; closed when it passed none. Children inherit
/// nothing. Thread: before there are others. Source: sd_listen_fds(3).
[[nodiscard]] Result<UniqueFd> take_listener();

} // namespace redoubt::services
