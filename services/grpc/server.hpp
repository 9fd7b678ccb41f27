// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "common/async/task.hpp"
#include "common/http/server.hpp"
#include "services/grpc/calls.hpp"

namespace redoubt::services::rpc {

struct ServerOptions {
    std::string listen;            ///< "ADDRESS:PORT"; port 0 picks one
    http::ServerIdentity identity; ///< with client_authorities: nobody comes in without a certificate
    http::ServerLimits limits;     ///< bytes of header and body, times for handshake, body and idling
};

/// The faces for relying parties: gRPC over TLS 1.3, client certificates required. Calls run on `executor`,
/// the main strand; gRPC's own threads only post there. Not to be destroyed before stop() has returned.
/// Thread: main strand.
class Server {
  public:
    /// Serves from now on. Errors: invalid_argument no certificate, key or authorities; unavailable the
    /// address is taken or is none, or gRPC does not take the certificates.
    static Result<std::unique_ptr<Server>> start(asio::any_io_executor executor, Calls::Parts parts,
                                                 CallLimits limits, const ServerOptions& options);
    virtual ~Server() = default;
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    [[nodiscard]] virtual std::uint16_t port() const = 0;
    /// Refuses new calls and returns once every call has ended. The executor must run meanwhile.
    /// Errors: deadline_exceeded calls still in flight after `grace`; then the process may only exit.
    virtual Task<void> stop(std::chrono::milliseconds grace) = 0;

  protected:
    Server() = default;
};

} // namespace redoubt::services::rpc
