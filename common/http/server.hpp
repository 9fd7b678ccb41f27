// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// An HTTP/1.1 server with TLS. Everything a peer can spend is bounded: connections in all and of one peer,
/// header and body bytes, and the time for a handshake, a whole header, a whole body and an answer's way out.
/// A time is for the whole of a step, so a peer that sends a byte a second ends as one that sends none.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/async/task.hpp"
#include "common/base/unique_fd.hpp"
#include "common/http/message.hpp"

namespace redoubt::http {

/// Who is at the other end.
struct Peer {
    std::string address; ///< without the port; of an IPv4 peer in IPv4's form
    std::uint16_t port = 0;
    /// What shares its limits: the address, or the /64 of an IPv6 peer, who has all of it.
    std::string group;
    /// SHA-256 of the client's certificate (DER), lower-case hex, when it showed one that the server's
    /// client_authorities stand behind; else empty.
    std::string certificate_sha256;
    std::string common_name; ///< of that certificate
};

struct ServerRequest {
    std::string method;
    std::string target; ///< as on the wire: path and query, percent-encoded
    Headers headers;
    std::string body;
    Peer peer;

    /// The target up to '?'.
    [[nodiscard]] std::string_view path() const {
        return std::string_view(target).substr(0, target.find('?'));
    }
    /// The target behind '?'.
    [[nodiscard]] std::string_view query() const {
        const auto mark = target.find('?');
        return mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
    }
};

struct ServerResponse {
    unsigned status = 200;
    Headers headers; ///< Content-Length, Connection and Server are set by the server
    std::string body;
    bool is_secret = false; ///< the body is wiped once it is sent
};

struct ServerLimits {
    std::size_t header_bytes = 128U << 10U;
    std::uint64_t body_bytes = 2U << 20U;
    std::size_t connections = 1024;
    std::size_t connections_of_peer = 256;
    std::size_t requests_of_connection = 10'000;
    Duration handshake = std::chrono::seconds(10);
    Duration header = std::chrono::seconds(10); ///< also how long a connection may be idle between requests
    Duration body = std::chrono::seconds(30);
    Duration answer = std::chrono::seconds(30);
};

/// PEM texts. Without a certificate the server speaks plain HTTP, which is for tests and for a proxy on the
/// same machine.
struct ServerIdentity {
    std::string certificate_chain;
    std::string private_key;
    std::string client_authorities; ///< empty: client certificates are not asked for
};

/// Answers one request. Thread: the server's strand. It must not throw.
using ServerHandler = std::function<asio::awaitable<ServerResponse>(ServerRequest)>;
/// The answer to what is no request: status and reason. Lets a server keep one form of errors.
using ServerRefusal = std::function<ServerResponse(unsigned status, const std::string& reason)>;

struct ServerOptions {
    ServerLimits limits;
    ServerIdentity identity;
    ServerRefusal refusal; ///< empty: a plain text
};

/// Thread: one strand. Lifetime: stop() must have ended before it goes.
class Server {
  public:
    /// Listens on "ADDRESS:PORT" ("[::1]:8080"); port 0 picks one. Errors: invalid_argument the address, or
    /// certificates that OpenSSL refuses; unavailable the address is taken.
    [[nodiscard]] static Result<std::unique_ptr<Server>> listen(const asio::any_io_executor& executor,
                                                                const std::string& endpoint,
                                                                ServerOptions options, ServerHandler handler);
    /// The same on a socket that listens already.
    [[nodiscard]] static Result<std::unique_ptr<Server>> adopt(const asio::any_io_executor& executor,
                                                               UniqueFd listener, ServerOptions options,
                                                               ServerHandler handler);

    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    Server(Server&&) = delete;
    Server& operator=(Server&&) = delete;
    ~Server();

    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] std::size_t connections() const;

    /// Starts accepting.
    void start();
    /// Takes no new connections, lets requests in flight have their answers for up to `grace`, then ends all.
    asio::awaitable<void> stop(Duration grace);

  private:
    struct State;
    explicit Server(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

} // namespace redoubt::http
