// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "node-daemon/api/server.hpp"

namespace redoubt::node::api {

struct RemoteServerOptions {
    std::string listen;                    ///< "ADDRESS:PORT", an IPv6 address in brackets; port 0 picks one
    std::chrono::seconds stop_timeout{10}; ///< of containers, when a client does not say
};

/// The management API for the network: gRPC over TLS 1.3 with the node's certificate. Every client shows a
/// certificate; what it may call, the roles in `access` say, and without one that is Pair alone.
class RemoteServer : public Server {
  public:
    /// Serves from now on. `parts` outlives the server and its pool's work.
    /// Errors: unavailable the address cannot be had, or the node has no identity; internal.
    static Result<std::unique_ptr<Server>> start(asio::any_io_executor executor, const NodeParts& parts,
                                                 RemoteServerOptions options);
};

} // namespace redoubt::node::api
