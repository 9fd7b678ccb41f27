// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "common/async/task.hpp"
#include "common/http/tls_context.hpp"
#include "common/http/url.hpp"

namespace redoubt::http {

/// How long the steps of a connection may take. An idle wait is one without a single byte moving.
struct Deadlines {
    Duration connect = std::chrono::seconds(10);   ///< name look-up, TCP; each
    Duration handshake = std::chrono::seconds(10); ///< TLS, and a proxy's answer
    Duration idle = std::chrono::seconds(30);
};

/// One TCP connection to a server, direct or through a proxy, with TLS where the URL says so. Errors name
/// host and step: "connect to 127.0.0.1:5000: Connection refused". Thread: the executor of the coroutine that
/// opened it.
class Connection {
  public:
    /// Errors: unavailable not reachable, name unknown, refused by the proxy; deadline_exceeded;
    /// failed_precondition the TLS handshake failed (not TLS, certificate not trusted).
    /// Lifetime: borrows `tls`, which is needed for https only.
    static Task<std::unique_ptr<Connection>> open(Url server, std::optional<Url> proxy, Deadlines deadlines,
                                                  const TlsContext* tls);

    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    Connection(Connection&&) = delete;
    Connection& operator=(Connection&&) = delete;
    ~Connection();

    /// What has arrived, at least one byte; 0 at the end of the connection.
    /// Lifetime: `buffer` outlives the call.
    Task<std::size_t> read_some(std::span<char> buffer);
    Task<> write(std::string bytes);
    /// True when TLS ended without its closing message: the end may be an attacker's.
    [[nodiscard]] bool is_cut() const { return is_cut_; }

  private:
    struct Streams;
    Connection(std::unique_ptr<Streams> streams, std::string endpoint, Deadlines deadlines);

    Task<> connect(std::string host, std::uint16_t port);
    Task<> start_tls(const TlsContext& tls, std::string host);
    Task<> tunnel(Url server, Url proxy);

    std::unique_ptr<Streams> streams_;
    std::string endpoint_; ///< of the server
    Deadlines deadlines_;
    bool is_cut_ = false;
};

/// The value of a Proxy-Authorization header for a proxy URL's user_info; empty when it has none.
[[nodiscard]] std::string proxy_authorization(const Url& proxy);

} // namespace redoubt::http
