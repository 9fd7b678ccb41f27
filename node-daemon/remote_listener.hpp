// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/async/task.hpp"
#include "node-daemon/access/access.hpp"
#include "node-daemon/api/server.hpp"
#include "node-daemon/attestation/secret_holder.hpp"
#include "node-daemon/config.hpp"

namespace redoubt::node {

/// Calls still at work on the node forbid an orderly end: the process exits with `code` then, and what they
/// leave is recovered at the next start.
asio::awaitable<void> end_server(api::Server& server, int code);

/// What the node serves to the network, and the files that say by what it is known there: as long as the node
/// has an identity. One of the key broker's is taken when it comes, replaced when it changes and given up,
/// with the listener, when the broker refuses this node. Thread: main strand. Lifetime: borrows all it is
/// made of.
class RemoteListener final : public attestation::SecretHolder {
  public:
    RemoteListener(asio::thread_pool& pool, access::Access& access, const api::NodeParts& parts,
                   const Config& config)
        : pool_(pool), access_(access), parts_(parts), config_(config) {}

    /// Listens, by the identity that the node has; nothing where nobody is to reach it. Errors: those of
    /// admit_administrators() and api::RemoteServer::start().
    Task<void> start();
    asio::awaitable<void> stop();

    /// A certificate and its key, as read_identity_pem() takes them. Errors: its; those of start().
    Task<void> take(std::string_view pem) override;
    Task<void> lose(std::string why) override;

  private:
    asio::awaitable<void> leave();

    asio::thread_pool& pool_;
    access::Access& access_;
    const api::NodeParts& parts_;
    const Config& config_;
    std::unique_ptr<api::Server> server_; ///< null: it does not listen
};

} // namespace redoubt::node
