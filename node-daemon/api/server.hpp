// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/asio/thread_pool.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "common/async/task.hpp"
#include "common/base/unique_fd.hpp"
#include "node-daemon/access/access.hpp"
#include "node-daemon/attestation/node_attester.hpp"
#include "node-daemon/metrics/history.hpp"
#include "node-daemon/sandbox/use_cases.hpp"

namespace redoubt::node::api {

/// What the faces serve; all of it outlives them.
struct NodeParts {
    // NOLINTNEXTLINE(google-explicit-constructor): a node alone is one, in tests
    NodeParts(sandbox::Node& served) : node(&served) {}
    NodeParts(sandbox::Node& served, access::Access& who, asio::thread_pool& threads, std::string place,
              const metrics::History* samples = nullptr, attestation::NodeAttester* prover = nullptr)
        : node(&served), access(&who), pool(&threads), history(samples), attester(prover),
          listen(std::move(place)) {}

    sandbox::Node* node;
    access::Access* access = nullptr;              ///< null, with pool: nobody is asked who may do what
    asio::thread_pool* pool = nullptr;             ///< for what waits for the disk
    const metrics::History* history = nullptr;     ///< null: there is none
    attestation::NodeAttester* attester = nullptr; ///< null: nobody asks the node to prove itself
    std::string listen;                            ///< where the node is reached from outside; empty: nowhere
};

struct ServerOptions {
    std::filesystem::path socket; ///< its folder exists
    std::string group;            ///< may use the socket beside root; empty: root alone
    /// A socket that listens already, made by the service manager with a mode and group of its own: `socket`
    /// is its path, and stays when the server stops. Closed: the server makes one.
    UniqueFd listener;
    std::chrono::seconds stop_timeout{10}; ///< of containers, when a client does not say
};

/// The management API on a unix socket (mode 0660, if it is ours). Calls run on `executor`, the main strand;
/// gRPC's own threads only post there. Not to be destroyed before stop() has returned. Thread: main strand.
class Server {
  public:
    /// Serves from now on. A stale socket is replaced.
    /// Errors: invalid_argument no such group, path too long; already_exists another daemon serves there;
    /// errno's for the folder; unavailable the socket cannot be made.
    static Result<std::unique_ptr<Server>> start(asio::any_io_executor executor, const NodeParts& parts,
                                                 ServerOptions options);
    virtual ~Server() = default;
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Refuses new calls, abandons streams and waits, and returns once every call has ended: calls that
    /// change something go on to their end. The executor must run meanwhile. Our own socket is gone
    /// afterwards. Errors: deadline_exceeded calls still in flight after `grace`; then the process may only
    /// exit.
    virtual Task<void> stop(std::chrono::milliseconds grace) = 0;

  protected:
    Server() = default;
};

} // namespace redoubt::node::api
