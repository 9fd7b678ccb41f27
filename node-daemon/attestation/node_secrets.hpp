// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Secrets of the node that its key broker keeps, and gives to this node while it is what its owner expects.
/// They are in memory and nowhere else. ADR 0044.

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/async/task.hpp"
#include "common/base/unique_fd.hpp"
#include "common/crypto/secret.hpp"
#include "node-daemon/attestation/node_attester.hpp"

namespace redoubt::node::attestation {

struct NodeSecretSettings {
    std::string url;                   ///< "https://broker.example:8080[/tenants/NAME]"; empty: no broker
    std::filesystem::path certificate; ///< PEM: who may be the broker
    std::string registry_logins;       ///< "redoubt-host/TYPE/TAG"
    Duration first_pause = std::chrono::seconds(1); ///< after a failure; doubled each time
    Duration longest_pause = std::chrono::minutes(5);
    Duration refresh = std::chrono::minutes(30); ///< after a success
};

/// Thread: main strand. Lifetime: outlives keep(); borrows the attester and the pool.
class NodeSecrets {
  public:
    /// What became of an attempt, when it is another thing than of the one before.
    using Report = std::function<void(const Status&)>;

    /// Errors: by errno, there is no file in memory to be had.
    static Result<std::unique_ptr<NodeSecrets>> make(NodeSecretSettings settings, NodeAttester& attester,
                                                     asio::thread_pool& pool, Report report);

    /// Fetches until it is cancelled: again after pauses when it fails, and now and then when it does not. A
    /// broker that cannot be reached leaves what there is; one that refuses this node ends it.
    asio::awaitable<void> keep();

    /// The logins, as auth.json has them: a file in memory, that this process alone can open. Until they have
    /// come it says {"unavailable": "why"}.
    [[nodiscard]] std::filesystem::path logins_file() const;

  private:
    NodeSecrets(NodeSecretSettings settings, NodeAttester& attester, asio::thread_pool& pool, Report report,
                UniqueFd file)
        : settings_(std::move(settings)), attester_(attester), pool_(pool), report_(std::move(report)),
          file_(std::move(file)) {}
    Task<crypto::Secret> fetch();
    Status put(std::string_view content);
    Status put_refusal(const std::string& why);

    NodeSecretSettings settings_;
    NodeAttester& attester_;
    asio::thread_pool& pool_;
    Report report_;
    UniqueFd file_;
    bool is_there_ = false;
};

} // namespace redoubt::node::attestation
