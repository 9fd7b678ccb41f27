// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The daemon's end of a guest's way to its key broker. Source: docs/formats/relay.md.

#include <filesystem>

#include "common/async/task.hpp"
#include "node-daemon/launch/broker_address.hpp"

namespace redoubt::node::relay {

struct RelayOptions {
    std::filesystem::path socket; ///< of the VM's port
    launch::BrokerAddress broker; ///< the one address that is connected to
    Duration connect_limit = std::chrono::seconds(10);
    Duration idle_limit = std::chrono::seconds(60); ///< a stream on which nothing moves for so long is closed
    Duration pause = std::chrono::seconds(1);       ///< before a port that was given up is taken again
};

/// Serves the guest behind the port, one stream at a time, until the VM has ended or the task is cancelled.
/// Thread: main strand.
asio::awaitable<void> serve(RelayOptions options);

} // namespace redoubt::node::relay
