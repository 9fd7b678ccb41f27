// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <memory>
#include <string>

#include "common/http/client.hpp"
#include "node-daemon/image/image_source.hpp"

namespace redoubt::node::image {

/// How often a request that failed for a passing reason is sent again, and the first wait between (doubled
/// each time).
struct RetryPolicy {
    unsigned retries = 3;
    Duration first_wait = std::chrono::milliseconds(500);
};

/// Talks to one repository of one registry: finds the protocol, proves who asks, and sends again what was
/// throttled. Thread: one strand; requests may run side by side.
class RegistrySession {
  public:
    /// Insecure registries are asked here whether they speak https or plain http; others are not contacted
    /// yet. Errors: unavailable neither answers; invalid_argument bad certificates or proxy settings.
    static Task<std::unique_ptr<RegistrySession>> open(std::string registry, std::string repository,
                                                       PullOptions options);

    RegistrySession(const RegistrySession&) = delete;
    RegistrySession& operator=(const RegistrySession&) = delete;
    RegistrySession(RegistrySession&&) = delete;
    RegistrySession& operator=(RegistrySession&&) = delete;
    ~RegistrySession() = default;

    /// GET of "/v2/<repository>/<path>"; without a repository, of "/v2/<path>". A successful body goes to
    /// `sink` when it has a write function. Errors: unauthenticated, with the remedy; unavailable also for
    /// 429 and 5xx, after the retries; failed_precondition TLS, with the remedy. Other statuses, 404 among
    /// them, are returned as answers.
    Task<http::Response> get(std::string path, http::Headers headers, http::BodySink sink);

    [[nodiscard]] const RetryPolicy& retry_policy() const { return retry_policy_; }

  private:
    RegistrySession(std::string registry, std::string repository, PullOptions options,
                    http::ClientOptions client_options);

    Task<> find_protocol();
    Task<http::Response> get_once(std::string path, http::Headers headers, http::BodySink sink);
    Task<> answer_challenge(http::Response refusal);
    Task<> fetch_token(std::string url);
    [[nodiscard]] std::unexpected<Error> refused() const;

    std::string registry_;
    std::string repository_;
    PullOptions options_;
    http::Client client_;
    std::string base_url_;      ///< "https://host:port"
    std::string authorization_; ///< header value once a challenge was answered
    RetryPolicy retry_policy_;
};

} // namespace redoubt::node::image
