// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The HTTP face: which request is which use case, and its answer as the protocol has it.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/async/task.hpp"
#include "common/http/server.hpp"
#include "services/api/admin_auth.hpp"
#include "services/api/audit_queue.hpp"
#include "services/api/metrics.hpp"
#include "services/attestation/token.hpp"
#include "services/key_broker/admin.hpp"
#include "services/key_broker/broker.hpp"
#include "services/key_broker/rate_limit.hpp"
#include "services/plugins/plugins.hpp"
#include "services/vendors/vcek_fetcher.hpp"

namespace redoubt::services::api {

struct RouterLimits {
    double guest_requests_per_second = 50; ///< of one peer: /auth, /attest, /resource
    double guest_burst = 200;
    double admin_refusals_per_second = 1; ///< of one peer: wrong administrators' credentials
    double admin_refusal_burst = 10;
};

/// The session of a guest's cookie; none when there are two.
[[nodiscard]] std::optional<std::string> cookie_in(const http::ServerRequest& request);

/// Thread: one strand. Lifetime: borrows its parts.
class Router {
  public:
    struct Parts {
        key_broker::Broker* broker = nullptr;
        key_broker::Admin* admin = nullptr;
        const AdminAuthority* authority = nullptr;
        const attestation::TokenIssuer* issuer = nullptr;
        AuditQueue* audit = nullptr;
        Metrics* metrics = nullptr;
        plugins::Plugins* plugins = nullptr;              ///< null: none
        vendors::VcekFetcher* vceks = nullptr;            ///< null: none are fetched
        const attestation::FetchState* fetches = nullptr; ///< null: nothing is fetched
        std::function<tee::Time()> now;
        bool is_secure = true; ///< whether cookies are for TLS only
    };
    Router(Parts parts, RouterLimits limits);

    asio::awaitable<http::ServerResponse> handle(http::ServerRequest request);

  private:
    /// A request with its path taken apart.
    struct Call {
        http::ServerRequest request;
        std::string tenant;
        std::vector<std::string> path; ///< behind the prefix
    };

    asio::awaitable<http::ServerResponse> protocol(Call call);
    asio::awaitable<http::ServerResponse> authenticate(Call call);
    asio::awaitable<http::ServerResponse> attest(Call call);
    asio::awaitable<http::ServerResponse> release(Call call);
    asio::awaitable<http::ServerResponse> evaluate(Call call);
    asio::awaitable<http::ServerResponse> plugin(Call call);
    asio::awaitable<http::ServerResponse> plugin_for_administrator(Call call, key_broker::Administrator who);
    asio::awaitable<http::ServerResponse> plugin_for_guest(Call call);
    asio::awaitable<key_broker::Answer<http::ServerResponse>>
    ask_for_guest(std::string name, plugins::PluginCall asked, jose::Jwk tee_key);
    /// Before anything is answered. A log that cannot be written is a refusal of `variant`.
    asio::awaitable<key_broker::Answer<void>> record(store::AuditEntry entry, std::string_view variant);
    http::ServerResponse refuse_administrator(const Call& call, const key_broker::Refusal& refusal);
    http::ServerResponse administer(const Call& call);
    http::ServerResponse dispatch(const Call& call, const key_broker::Administrator& who);
    [[nodiscard]] std::string cookie_of(const key_broker::Session& session) const;

    Parts parts_;
    key_broker::RateLimit guests_;
    key_broker::RateLimit refused_administrators_;
};

} // namespace redoubt::services::api
