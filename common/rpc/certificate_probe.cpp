// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rpc/certificate_probe.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <ctime>
#include <memory>

#include "common/base/unique_fd.hpp"

namespace redoubt::rpc {
namespace {

using Clock = std::chrono::steady_clock;
using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

constexpr int k_highest_port = 65535;
// Length, then the name: RFC 7301, 3.1.
constexpr unsigned char k_http_2[] = {2, 'h', '2'};

Result<Addresses> look_up(const HostAndPort& place) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* found = nullptr;
    const int error = ::getaddrinfo(place.host.c_str(), place.port.c_str(), &hints, &found);
    if (error != 0) return fail(Code::unavailable, "look up '{}': {}", place.host, ::gai_strerror(error));
    return Addresses(found, &::freeaddrinfo);
}

/// Errors: deadline_exceeded.
Status wait_for(int socket, short events, Clock::time_point deadline) {
    while (true) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
        if (left <= 0) return fail(Code::deadline_exceeded, "no answer in time");
        pollfd entry{socket, events, 0};
        const int ready = ::poll(&entry, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
        if (ready > 0) return {};
        if (ready < 0 && errno != EINTR) return fail_errno(errno, "wait for a socket");
    }
}

Result<UniqueFd> connect_to(const addrinfo& address, Clock::time_point deadline) {
    UniqueFd socket(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return fail_errno(errno, "open a socket");
    if (::connect(socket.get(), address.ai_addr, address.ai_addrlen) == 0) return socket;
    int error = errno;
    if (error == EINPROGRESS) {
        RDT_CHECK(wait_for(socket.get(), POLLOUT, deadline));
        socklen_t size = sizeof error;
        if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    }
    if (error != 0) return fail(Code::unavailable, "{}", text_of_errno(error));
    return socket;
}

Result<UniqueFd> connect_to_any(const addrinfo* address, Clock::time_point deadline) {
    Result<UniqueFd> last = fail(Code::unavailable, "it has no address");
    for (; address != nullptr; address = address->ai_next) {
        last = connect_to(*address, deadline);
        if (last) break;
    }
    return last;
}

std::string reason_of_tls() {
    const auto number = ERR_peek_last_error();
    const char* text = number == 0 ? nullptr : ERR_reason_error_string(number);
    return text == nullptr ? "the connection was closed" : text;
}

Status shake_hands(SSL& session, int socket, Clock::time_point deadline) {
    while (true) {
        ERR_clear_error();
        const int result = SSL_connect(&session);
        if (result == 1) return {};
        const int error = SSL_get_error(&session, result);
        if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
            return fail(Code::unavailable, "no TLS 1.3: {}", reason_of_tls());
        RDT_CHECK(wait_for(socket, error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline));
    }
}

/// TLS writes to a peer that may be gone, in programs that do with SIGPIPE what they like: in this thread it
/// waits meanwhile, and what has come of it goes.
class WithoutPipeSignal {
  public:
    WithoutPipeSignal() {
        ::sigemptyset(&pipe_);
        ::sigaddset(&pipe_, SIGPIPE);
        sigset_t pending{};
        ::sigpending(&pending);
        was_pending_ = ::sigismember(&pending, SIGPIPE) == 1;
        ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
    }
    ~WithoutPipeSignal() {
        constexpr timespec now{};
        if (!was_pending_) ::sigtimedwait(&pipe_, nullptr, &now);
        ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    WithoutPipeSignal(const WithoutPipeSignal&) = delete;
    WithoutPipeSignal& operator=(const WithoutPipeSignal&) = delete;

  private:
    sigset_t pipe_{};
    sigset_t before_{};
    bool was_pending_ = false;
};

Result<crypto::CertificateFacts> certificate_at(int socket, Clock::time_point deadline) {
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                    &SSL_CTX_free);
    if (context == nullptr || SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_alpn_protos(context.get(), k_http_2, sizeof k_http_2) != 0)
        return fail(Code::internal, "set up TLS");
    // Who it is, the caller judges. That he has the key, TLS checks in any case.
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
    const std::unique_ptr<SSL, decltype(&SSL_free)> session(SSL_new(context.get()), &SSL_free);
    if (session == nullptr || SSL_set_fd(session.get(), socket) != 1)
        return fail(Code::internal, "set up TLS");
    RDT_CHECK(shake_hands(*session, socket, deadline));
    X509* shown = SSL_get0_peer_certificate(session.get());
    if (shown == nullptr) return fail(Code::unavailable, "it shows no certificate");
    return crypto::read_certificate(*shown);
}

} // namespace

Result<HostAndPort> parse_address(const std::string& address) {
    const auto wrong = [&address] {
        return fail(Code::invalid_argument, "'{}' is no address: HOST:PORT, an IPv6 address in brackets",
                    address);
    };
    const auto colon = address.rfind(':');
    if (colon == std::string::npos) return wrong();
    HostAndPort place{address.substr(0, colon), address.substr(colon + 1)};
    const bool is_bracketed = place.host.starts_with('[') && place.host.ends_with(']');
    if (is_bracketed) place.host = place.host.substr(1, place.host.size() - 2);
    if (place.host.empty() || is_bracketed != place.host.contains(':')) return wrong();
    for (const char letter : place.host)
        if (letter <= ' ' || letter == '/' || letter == '%' || letter == '@' || letter == '\x7F')
            return wrong();
    int port = 0;
    const auto* end = place.port.data() + place.port.size();
    const auto [rest, error] = std::from_chars(place.port.data(), end, port);
    if (error != std::errc() || rest != end || port < 1 || port > k_highest_port) return wrong();
    return place;
}

Result<crypto::CertificateFacts> probe_certificate(const std::string& address,
                                                   std::chrono::milliseconds limit) {
    RDT_TRY(const auto place, parse_address(address));
    RDT_TRY(const auto addresses, look_up(place));
    const auto deadline = Clock::now() + limit;
    const WithoutPipeSignal quiet;
    RDT_TRY(const auto socket,
            connect_to_any(addresses.get(), deadline).transform_error(context("connect to {}", address)));
    return certificate_at(socket.get(), deadline).transform_error(context("connect to {}", address));
}

} // namespace redoubt::rpc
