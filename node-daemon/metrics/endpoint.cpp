// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/metrics/endpoint.hpp"

#include "common/log/log.hpp"
#include "common/metrics/exposition.hpp"
#include "node-daemon/metrics/collect.hpp"

namespace redoubt::node::metrics {
namespace {

constexpr http::ServerLimits k_limits{
    .header_bytes = 16U << 10U, .body_bytes = 0, .connections = 64, .connections_of_peer = 32};

http::ServerResponse text(unsigned status, std::string body) {
    return {status, {{"Content-Type", std::string(redoubt::metrics::k_content_type)}}, std::move(body)};
}

asio::awaitable<http::ServerResponse> answer(sandbox::Node& node, asio::thread_pool& pool,
                                             std::filesystem::path state_folder,
                                             http::ServerRequest request) {
    if (request.path() != "/metrics") co_return text(404, "the metrics are at /metrics\n");
    if (request.method != "GET") co_return text(405, "only GET\n");
    auto host =
        co_await offload(pool, [folder = std::move(state_folder)] { return read_host_sample(folder); });
    if (!host) co_return text(500, host.error().message + "\n");
    auto figures = co_await collect(node);
    if (!figures) co_return text(500, figures.error().message + "\n");
    figures->host = *host;
    co_return text(200, render(*figures));
}

} // namespace

Result<std::unique_ptr<http::Server>> serve_metrics(const asio::any_io_executor& executor,
                                                    const std::string& listen, sandbox::Node& node,
                                                    asio::thread_pool& pool,
                                                    std::filesystem::path state_folder) {
    http::ServerOptions options;
    options.limits = k_limits;
    const auto handler = [&node, &pool, folder = std::move(state_folder)](http::ServerRequest request) {
        return answer(node, pool, folder, std::move(request));
    };
    RDT_TRY(auto server, http::Server::listen(executor, listen, std::move(options), handler)
                             .transform_error(context("metrics.listen")));
    server->start();
    log::info("metrics are served", {{"LISTEN", listen}});
    return server;
}

} // namespace redoubt::node::metrics
