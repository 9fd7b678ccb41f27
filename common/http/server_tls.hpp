// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/asio/ssl/context.hpp>

#include <memory>

#include "common/base/error.hpp"
#include "common/http/server.hpp"

namespace redoubt::http {

/// What a server shows and whom it trusts: TLS 1.2 with forward secrecy and authenticated ciphers, or 1.3.
class ServerTls {
  public:
    /// Errors: invalid_argument a certificate, key or authority that OpenSSL refuses, or a key that is not
    /// the certificate's.
    [[nodiscard]] static Result<ServerTls> make(const ServerIdentity& identity);

    [[nodiscard]] boost::asio::ssl::context& context() const { return *context_; }

  private:
    explicit ServerTls(std::unique_ptr<boost::asio::ssl::context> context) : context_(std::move(context)) {}
    std::unique_ptr<boost::asio::ssl::context> context_;
};

/// Notes the client's certificate, which the handshake has verified.
void describe_client(SSL* connection, Peer& peer);
void describe_certificate(const X509& certificate, Peer& peer);

} // namespace redoubt::http
