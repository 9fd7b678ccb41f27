// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <optional>
#include <string>

#include "common/async/task.hpp"
#include "common/http/connection.hpp"
#include "common/http/message.hpp"
#include "common/http/proxy.hpp"
#include "common/http/response_reader.hpp"
#include "common/http/tls_context.hpp"

namespace redoubt::http {

struct ClientOptions {
    TlsVerification verification = TlsVerification::full;
    TlsAuthorities authorities = TlsAuthorities::system_and_given;
    std::string ca_certificates; ///< PEM
    TlsIdentity identity;        ///< who we are, for servers that ask
    ProxySettings proxies;
    Deadlines deadlines;
    ReadLimits limits;
    unsigned max_redirects = 5;
};

/// An HTTP/1.1 client: one connection a request, redirects followed for GET and HEAD (Authorization stays
/// with the host it was meant for; https never falls back to http unless verification is off). A status that
/// says failure is an answer, not an error. Thread: one strand; requests may run side by side.
class Client {
  public:
    explicit Client(ClientOptions options) : options_(std::move(options)) {}
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    Client(Client&&) = delete;
    Client& operator=(Client&&) = delete;
    ~Client() = default;

    /// Sends and keeps the whole answer in memory, up to limits.body_bytes.
    /// Errors: invalid_argument the URL or an answer that is not HTTP; unavailable; deadline_exceeded;
    /// failed_precondition TLS; resource_exhausted beyond the limits.
    Task<Response> send(Request request) { return fetch(std::move(request), {}); }

    /// The same, but the body of a 2xx answer goes to `sink` as it arrives.
    Task<Response> fetch(Request request, BodySink sink);

  private:
    Task<Response> follow(Request request, BodySink sink);
    Task<Response> exchange(Request request, Url url, BodySink sink);
    Result<const TlsContext*> tls_for(const Url& url);

    ClientOptions options_;
    std::optional<TlsContext> tls_; ///< made when first needed: reading the system's store takes a while
};

} // namespace redoubt::http
