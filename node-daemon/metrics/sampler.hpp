// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/asio/thread_pool.hpp>

#include <filesystem>

#include "node-daemon/metrics/history.hpp"
#include "node-daemon/sandbox/use_cases.hpp"

namespace redoubt::node::metrics {

/// Adds a sample to the history every History::k_interval, until it is cancelled. The references outlive it.
/// Thread: main strand.
asio::awaitable<void> keep_sampling(sandbox::Node& node, asio::thread_pool& pool, History& history,
                                    std::filesystem::path state_folder);

} // namespace redoubt::node::metrics
