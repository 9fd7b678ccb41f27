// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <memory>

#include "common/async/task_scope.hpp"
#include "node-daemon/attestation/disk_key_socket.hpp"
#include "node-daemon/attestation/logins_in_memory.hpp"
#include "node-daemon/attestation/node_secrets.hpp"
#include "node-daemon/config.hpp"
#include "node-daemon/remote_listener.hpp"
#include "node-daemon/sandbox/node.hpp"

namespace redoubt::node {

/// What a key broker has for this node, and who uses each of it. Thread: main strand. ADR 0044.
class BrokerSecrets {
  public:
    /// Null: no broker is named. From then on the node's logins are the broker's, where it has some.
    /// Lifetime: borrows all. Errors: by errno, no file in memory or no socket for the disk's key.
    static Result<std::unique_ptr<BrokerSecrets>> make(const Config& config, sandbox::Node& node,
                                                       attestation::NodeAttester& attester,
                                                       RemoteListener& remote);

    /// Fetches them, and hands out the disk's key, until the scope is cancelled.
    void keep(TaskScope& scope);
    void fetch_again() { secrets_.fetch_again(); }

  private:
    explicit BrokerSecrets(attestation::NodeSecrets secrets) : secrets_(std::move(secrets)) {}

    std::unique_ptr<attestation::LoginsInMemory> logins_;  ///< null: the auth file's
    std::unique_ptr<attestation::DiskKeySocket> disk_key_; ///< null: no disk has its key there
    attestation::NodeSecrets secrets_;
};

} // namespace redoubt::node
