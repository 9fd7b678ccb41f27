// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Secrets of the node that its key broker keeps, and gives to this node while it is what its owner expects.
/// They are in memory and nowhere else. ADR 0044.

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/async/task.hpp"
#include "common/crypto/keys.hpp"
#include "common/crypto/secret.hpp"
#include "common/http/client.hpp"
#include "node-daemon/attestation/node_attester.hpp"
#include "node-daemon/attestation/secret_holder.hpp"

namespace redoubt::node::attestation {

struct NodeSecretSettings {
    std::string url;                                ///< "https://broker.example:8080[/tenants/NAME]"
    std::filesystem::path certificate;              ///< PEM: who may be the broker
    Duration first_pause = std::chrono::seconds(1); ///< after a failure; doubled each time
    Duration longest_pause = std::chrono::minutes(1);
    Duration refresh = std::chrono::minutes(30); ///< after a success
};

/// Thread: main strand. Lifetime: outlives keep(); borrows the attester, the pool and the holders.
class NodeSecrets {
  public:
    /// What became of an attempt, when it is another thing than of the one before.
    using Report = std::function<void(const Status&)>;

    NodeSecrets(NodeSecretSettings settings, NodeAttester& attester, asio::thread_pool& pool, Report report)
        : settings_(std::move(settings)), attester_(attester), pool_(pool), report_(std::move(report)) {}

    /// Before keep(). `resource`: "redoubt-host/TYPE/TAG".
    void add(std::string resource, SecretHolder& holder) {
        secrets_.push_back({std::move(resource), &holder});
    }

    /// Fetches until it is cancelled: again after pauses when it fails, and now and then when it does not. A
    /// broker that cannot be reached leaves what there is; one that refuses this node ends it.
    asio::awaitable<void> keep();

    /// Fetches now, rather than when it would be time.
    void fetch_again();

  private:
    struct Secret {
        std::string resource;
        SecretHolder* holder;
        bool is_there = false;
    };
    /// What asks, once the broker has believed this node.
    struct Session {
        std::unique_ptr<http::Client> client;
        crypto::PrivateKey key;
        std::string token;
    };

    Task<void> fetch_all();
    Task<Session> shake_hands();
    Task<crypto::Secret> get(Session& session, const std::string& resource);
    Task<void> fetch(Session& session, Secret& secret);
    static Task<void> note_failure(Secret& secret, Error error);

    NodeSecretSettings settings_;
    NodeAttester& attester_;
    asio::thread_pool& pool_;
    Report report_;
    std::vector<Secret> secrets_;
    std::optional<asio::steady_timer> pause_; ///< since keep()
    bool is_wanted_ = false;                  ///< once more, without a pause
};

} // namespace redoubt::node::attestation
