// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/api/running_server.hpp"

#include <boost/asio/post.hpp>

#include <thread>

#include "node-daemon/api/access_service.hpp"
#include "node-daemon/api/attestation_service.hpp"
#include "node-daemon/api/monitor_service.hpp"

namespace redoubt::node::api {

void RunningServer::add_services_beside(const NodeParts& parts, Gate& gate) {
    if (parts.access != nullptr)
        add(make_access_service({*parts.access, *parts.pool, parts.listen}, registry_, gate));
    if (parts.attester != nullptr)
        add(make_attestation_service(*parts.attester, *parts.pool, registry_, gate));
    if (parts.history != nullptr) add(make_monitor_service(*parts.history, registry_, gate));
}

Task<void> RunningServer::stop(std::chrono::milliseconds grace) {
    registry_.close();
    // Shutdown() waits for calls, which end on this strand: it must not be waited for here.
    std::thread closing([this, deadline = std::chrono::system_clock::now() + grace] {
        server_->Shutdown(deadline);
        asio::post(registry_.executor(), [this] { is_shut_.set(); });
    });
    const auto ended = co_await within(grace, "calls in flight", join());
    if (!ended) {
        closing.detach(); // the process exits; see the contract
        co_return std::unexpected(ended.error());
    }
    closing.join();
    co_return Status();
}

Task<void> RunningServer::join() {
    co_await is_shut_.wait();
    co_await registry_.join();
    co_return Status();
}

} // namespace redoubt::node::api
