// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/asio/thread_pool.hpp>

#include <filesystem>
#include <memory>
#include <string>

#include "common/http/server.hpp"
#include "node-daemon/sandbox/use_cases.hpp"

namespace redoubt::node::metrics {

/// GET /metrics over plain HTTP: whoever reaches the address sees the figures, among them containers' names.
/// The references outlive the server; a scrape in flight ends within some seconds. Thread: main strand.
/// Errors: those of http::Server::listen().
[[nodiscard]] Result<std::unique_ptr<http::Server>>
serve_metrics(const asio::any_io_executor& executor, const std::string& listen, sandbox::Node& node,
              asio::thread_pool& pool, std::filesystem::path state_folder);

} // namespace redoubt::node::metrics
