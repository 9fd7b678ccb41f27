// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/http/server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <sys/socket.h>

#include <charconv>
#include <list>
#include <map>
#include <tuple>

#include "common/async/task_scope.hpp"
#include "common/crypto/secret.hpp"
#include "common/http/peer.hpp"
#include "common/http/server_tls.hpp"

namespace redoubt::http {

namespace beast = boost::beast;
namespace wire = boost::beast::http;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

namespace {

constexpr Duration k_accept_pause = std::chrono::milliseconds(100);
constexpr Duration k_close_limit = std::chrono::seconds(2);

using Parser = wire::request_parser<wire::string_body>;

ServerResponse plain_refusal(unsigned status, const std::string& reason) {
    return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, reason + "\n"};
}

ServerRequest take_request(Parser& parser, const Peer& peer) {
    auto& message = parser.get();
    ServerRequest request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    for (const auto& field : message)
        request.headers.add(std::string(field.name_string()), std::string(field.value()));
    request.body = std::move(message.body());
    request.peer = peer;
    return request;
}

/// Status line, header and body as they go over the wire.
std::string render_response(const ServerResponse& response, bool keeps_alive, bool is_head) {
    std::string text =
        std::format("HTTP/1.1 {} {}\r\n", response.status,
                    std::string_view(wire::obsolete_reason(wire::int_to_status(response.status))));
    for (const auto& field : response.headers) text += field.name + ": " + field.value + "\r\n";
    text += std::format("Content-Length: {}\r\n", response.body.size());
    if (!keeps_alive) text += "Connection: close\r\n";
    text += "\r\n";
    text.reserve(text.size() + response.body.size()); // a body that is wiped later leaves no copy behind
    if (!is_head) text += response.body;
    return text;
}

constexpr std::string_view k_continue = "HTTP/1.1 100 Continue\r\n\r\n";

/// What to say of a request that cannot be read; nothing to say when the peer is gone.
std::optional<std::pair<unsigned, std::string>> fault_of(const ErrorCode& error) {
    if (error == wire::error::header_limit) return std::pair{431U, std::string("the header is too large")};
    if (error == wire::error::body_limit) return std::pair{413U, std::string("the body is too large")};
    if (error == wire::error::end_of_stream || error == wire::error::partial_message) return std::nullopt;
    if (error.category() == wire::make_error_code(wire::error::bad_version).category())
        return std::pair{400U, "not an HTTP/1.1 request: " + error.message()};
    return std::nullopt;
}

} // namespace

struct Server::State {
    State(const asio::any_io_executor& where, ServerOptions chosen, ServerHandler answers)
        : executor(where), options(std::move(chosen)), handler(std::move(answers)), acceptor(where),
          tasks(where) {
        if (!options.refusal) options.refusal = plain_refusal;
    }

    struct Connection {
        explicit Connection(tcp::socket socket) : stream(std::move(socket)) {}
        beast::tcp_stream stream;
        std::optional<ssl::stream<beast::tcp_stream&>> tls;
        beast::flat_buffer buffer;
        Peer peer;
        bool is_answering = false;
    };

    class Registration;
    asio::awaitable<void> accept();
    asio::awaitable<void> serve(tcp::socket socket);
    asio::awaitable<bool> shake_hands(Connection& connection);
    template <class Stream>
    asio::awaitable<void> converse(Connection& connection, Stream& stream);
    template <class Stream>
    asio::awaitable<bool> read_request(Connection& connection, Stream& stream, Parser& parser);
    template <class Stream>
    asio::awaitable<bool> answer(Connection& connection, Stream& stream, ServerResponse response,
                                 bool keeps_alive, bool is_head);
    template <class Stream>
    asio::awaitable<void> refuse(Connection& connection, Stream& stream, ErrorCode error);

    asio::any_io_executor executor;
    ServerOptions options;
    ServerHandler handler;
    tcp::acceptor acceptor;
    std::optional<ServerTls> tls;
    std::map<std::string, std::size_t> by_peer; ///< how many connections each address has
    std::list<Connection*> open;
    bool is_stopping = false;
    TaskScope tasks; ///< last: its coroutines use the rest
};

/// A connection in the lists, out of them however its coroutine ends.
class Server::State::Registration {
  public:
    Registration(State& state, Connection& connection)
        : state_(&state), place_(state.open.insert(state.open.end(), &connection)) {
        ++state.by_peer[connection.peer.group];
    }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;
    Registration(Registration&&) = delete;
    Registration& operator=(Registration&&) = delete;
    ~Registration() {
        const auto found = state_->by_peer.find((*place_)->peer.group);
        if (--found->second == 0) state_->by_peer.erase(found);
        state_->open.erase(place_);
    }

  private:
    State* state_;
    std::list<Connection*>::iterator place_;
};

asio::awaitable<void> Server::State::accept() {
    while (!is_stopping) {
        auto [error, socket] = co_await acceptor.async_accept(k_as_tuple);
        if (error == asio::error::operation_aborted || !acceptor.is_open()) co_return;
        if (error) {
            co_await sleep_for(k_accept_pause); // no descriptors: some will be free later
            continue;
        }
        tasks.spawn(serve(std::move(socket)));
    }
}

asio::awaitable<void> Server::State::serve(tcp::socket socket) {
    ErrorCode error;
    const auto remote = socket.remote_endpoint(error);
    if (error) co_return;
    Connection connection(std::move(socket));
    name_peer(remote.address(), connection.peer);
    connection.peer.port = remote.port();
    const auto others = by_peer.find(connection.peer.group);
    if (open.size() >= options.limits.connections ||
        (others != by_peer.end() && others->second >= options.limits.connections_of_peer))
        co_return;
    const Registration registration(*this, connection);
    connection.stream.socket().set_option(tcp::no_delay(true), error);
    if (!tls) {
        co_await converse(connection, connection.stream);
    } else if (co_await shake_hands(connection)) {
        co_await converse(connection, *connection.tls);
        connection.stream.expires_after(k_close_limit);
        (void)co_await connection.tls->async_shutdown(k_as_tuple);
    }
    connection.stream.close();
}

asio::awaitable<bool> Server::State::shake_hands(Connection& connection) {
    connection.tls.emplace(connection.stream, tls->context());
    connection.stream.expires_after(options.limits.handshake);
    const auto [error] = co_await connection.tls->async_handshake(ssl::stream_base::server, k_as_tuple);
    if (error) co_return false;
    describe_client(connection.tls->native_handle(), connection.peer);
    co_return true;
}

template <class Stream>
asio::awaitable<bool> Server::State::read_request(Connection& connection, Stream& stream, Parser& parser) {
    parser.header_limit(static_cast<std::uint32_t>(options.limits.header_bytes));
    parser.body_limit(options.limits.body_bytes);
    connection.stream.expires_after(options.limits.header);
    auto [error, count] = co_await wire::async_read_header(stream, connection.buffer, parser, k_as_tuple);
    if (!error && !parser.is_done()) {
        connection.stream.expires_after(options.limits.body);
        if (beast::iequals(parser.get()[wire::field::expect], "100-continue")) {
            std::tie(error, count) = co_await asio::async_write(stream, asio::buffer(k_continue), k_as_tuple);
        }
        if (!error)
            std::tie(error, count) = co_await wire::async_read(stream, connection.buffer, parser, k_as_tuple);
    }
    if (error) co_await refuse(connection, stream, error);
    co_return !error;
}

template <class Stream>
asio::awaitable<void> Server::State::refuse(Connection& connection, Stream& stream, ErrorCode error) {
    const auto fault = fault_of(error);
    if (!fault) co_return;
    co_await answer(connection, stream, options.refusal(fault->first, fault->second), false, false);
}

template <class Stream>
asio::awaitable<bool> Server::State::answer(Connection& connection, Stream& stream, ServerResponse response,
                                            bool keeps_alive, bool is_head) {
    auto text = render_response(response, keeps_alive, is_head);
    connection.stream.expires_after(options.limits.answer);
    const auto [error, count] = co_await asio::async_write(stream, asio::buffer(text), k_as_tuple);
    if (response.is_secret) {
        crypto::wipe(response.body);
        crypto::wipe(text);
    }
    co_return !error;
}

template <class Stream>
asio::awaitable<void> Server::State::converse(Connection& connection, Stream& stream) {
    for (std::size_t served = 0; served < options.limits.requests_of_connection; ++served) {
        Parser parser;
        if (!co_await read_request(connection, stream, parser)) co_return;
        const bool wants_more =
            parser.get().keep_alive() && served + 1 < options.limits.requests_of_connection;
        const bool is_head = parser.get().method() == wire::verb::head;
        connection.is_answering = true;
        connection.stream.expires_never();
        auto response = co_await handler(take_request(parser, connection.peer));
        const bool keeps_alive = wants_more && !is_stopping;
        const bool is_sent = co_await answer(connection, stream, std::move(response), keeps_alive, is_head);
        connection.is_answering = false;
        if (!is_sent || !keeps_alive || is_stopping) co_return;
    }
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::listen(const asio::any_io_executor& executor,
                                               const std::string& endpoint, ServerOptions options,
                                               ServerHandler handler) {
    ErrorCode error;
    const auto colon = endpoint.rfind(':');
    auto host = endpoint.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    const auto address = asio::ip::make_address(host, error);
    const auto digits = colon == std::string::npos ? std::string() : endpoint.substr(colon + 1);
    unsigned port = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error || read.ec != std::errc() || read.ptr != digits.data() + digits.size() || port > 65535)
        return fail(Code::invalid_argument, "listen on '{}': not ADDRESS:PORT", endpoint);
    const tcp::endpoint where(address, static_cast<std::uint16_t>(port));
    auto state = std::make_unique<State>(executor, std::move(options), std::move(handler));
    state->acceptor.open(where.protocol(), error);
    if (!error) state->acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) state->acceptor.bind(where, error);
    if (!error) state->acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return fail(Code::unavailable, "listen on {}: {}", endpoint, error.message());
    if (!state->options.identity.certificate_chain.empty()) {
        RDT_TRY(state->tls, ServerTls::make(state->options.identity));
    }
    return std::unique_ptr<Server>(new Server(std::move(state)));
}

Result<std::unique_ptr<Server>> Server::adopt(const asio::any_io_executor& executor, UniqueFd listener,
                                              ServerOptions options, ServerHandler handler) {
    auto state = std::make_unique<State>(executor, std::move(options), std::move(handler));
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
        return fail_errno(errno, "the socket passed to listen on");
    ErrorCode error;
    state->acceptor.assign(address.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), listener.get(), error);
    if (error) return fail(Code::invalid_argument, "the socket passed to listen on: {}", error.message());
    [[maybe_unused]] const int taken = listener.release();
    if (!state->options.identity.certificate_chain.empty()) {
        RDT_TRY(state->tls, ServerTls::make(state->options.identity));
    }
    return std::unique_ptr<Server>(new Server(std::move(state)));
}

std::uint16_t Server::port() const {
    ErrorCode error;
    return state_->acceptor.local_endpoint(error).port();
}

std::size_t Server::connections() const {
    return state_->open.size();
}

void Server::start() {
    state_->tasks.spawn(state_->accept());
}

asio::awaitable<void> Server::stop(Duration grace) {
    co_await asio::this_coro::throw_if_cancelled(false);
    state_->is_stopping = true;
    ErrorCode error;
    state_->acceptor.close(error);
    for (auto* connection : state_->open)
        if (!connection->is_answering) connection->stream.cancel();
    const auto end = Clock::now() + grace;
    while (!state_->open.empty() && Clock::now() < end) co_await sleep_for(std::chrono::milliseconds(10));
    state_->tasks.cancel();
    co_await state_->tasks.join();
}

} // namespace redoubt::http
