// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/http/connection.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>
#include <tuple>
#include <utility>

#include "common/encoding/base64.hpp"
#include "common/http/request_head.hpp"
#include "common/http/response_reader.hpp"

namespace redoubt::http {

namespace beast = boost::beast;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

struct TlsContext::Native {
    ssl::context context{ssl::context::tls_client};
};

struct Connection::Streams {
    explicit Streams(const asio::any_io_executor& executor) : tcp(executor) {}

    beast::tcp_stream tcp;
    std::optional<ssl::stream<beast::tcp_stream&>> tls;
};

namespace {

bool is_address(const std::string& host) {
    ErrorCode error;
    asio::ip::make_address(host, error);
    return !error;
}

long milliseconds(Duration time) {
    return static_cast<long>(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

std::unexpected<Error> fail_io(const std::string& step, const ErrorCode& error, Duration limit) {
    if (error == beast::error::timeout)
        return fail(Code::deadline_exceeded, "{}: nothing happened for {} ms", step, milliseconds(limit));
    if (error == asio::error::operation_aborted) return fail(Code::cancelled, "{}: cancelled", step);
    return fail(Code::unavailable, "{}: {}", step, error.message());
}

/// Why a handshake failed: the certificate's fault in words where it was that.
std::string handshake_fault(SSL* native, const ErrorCode& error) {
    const long verdict = SSL_get_verify_result(native);
    if (verdict != X509_V_OK)
        return std::string("certificate not accepted: ") + X509_verify_cert_error_string(verdict);
    if (ERR_GET_LIB(static_cast<unsigned long>(error.value())) == ERR_LIB_SSL) {
        const int reason = ERR_GET_REASON(static_cast<unsigned long>(error.value()));
        if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST)
            return "the server does not speak TLS";
    }
    return error.message();
}

Task<tcp::resolver::results_type> resolve(std::string host, std::uint16_t port) {
    tcp::resolver resolver(co_await asio::this_coro::executor);
    auto [error, found] = co_await resolver.async_resolve(host, std::to_string(port), k_as_tuple);
    if (error) co_return fail(Code::unavailable, "resolve {}: {}", host, error.message());
    co_return found;
}

Status trust_authorities(ssl::context& context, const TlsSettings& settings) {
    ErrorCode error;
    const bool has_own = settings.ca_certificates.contains("-----BEGIN CERTIFICATE-----");
    if (!settings.ca_certificates.empty()) {
        context.add_certificate_authority(asio::buffer(settings.ca_certificates), error);
        if (error || !has_own)
            return fail(Code::invalid_argument, "certificate authorities: no certificate in PEM form");
    }
    if (settings.verification == TlsVerification::none) return {};
    // A system without a certificate store is no error here: the private authority may be all there is.
    if (settings.authorities == TlsAuthorities::system_and_given)
        context.set_default_verify_paths(error);
    else if (!has_own)
        return fail(Code::invalid_argument, "certificate authorities: none are given, and no others count");
    context.set_verify_mode(ssl::verify_peer, error);
    if (error) return fail(Code::internal, "set up TLS: {}", error.message());
    return {};
}

Status show_identity(ssl::context& context, const TlsIdentity& identity) {
    if (identity.certificate_chain.empty() && identity.private_key.empty()) return {};
    ErrorCode error;
    // A key with a passphrase is refused, rather than asked for on a terminal.
    context.set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string(); },
                                  error);
    if (!error) context.use_certificate_chain(asio::buffer(identity.certificate_chain), error);
    if (error)
        return fail(Code::invalid_argument, "client certificate: not in PEM form: {}", error.message());
    context.use_private_key(asio::buffer(identity.private_key), ssl::context::pem, error);
    if (error)
        return fail(
            Code::invalid_argument,
            "client key: not one in PEM form, without passphrase, that belongs to the certificate: {}",
            error.message());
    return {};
}

} // namespace

Result<TlsContext> TlsContext::make(const TlsSettings& settings) {
    ERR_clear_error();
    auto native = std::make_unique<Native>();
    ErrorCode error;
    auto& context = native->context;
    context.set_options(ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1 | ssl::context::default_workarounds,
                        error);
    if (error) return fail(Code::internal, "set up TLS: {}", error.message());
    RDT_CHECK(trust_authorities(context, settings));
    RDT_CHECK(show_identity(context, settings.identity));
    return TlsContext(std::move(native), settings.verification);
}

TlsContext::TlsContext(std::unique_ptr<Native> native, TlsVerification verification)
    : native_(std::move(native)), verification_(verification) {}
TlsContext::TlsContext(TlsContext&&) noexcept = default;
TlsContext& TlsContext::operator=(TlsContext&&) noexcept = default;
TlsContext::~TlsContext() = default;

Connection::Connection(std::unique_ptr<Streams> streams, std::string endpoint, Deadlines deadlines)
    : streams_(std::move(streams)), endpoint_(std::move(endpoint)), deadlines_(deadlines) {}
Connection::~Connection() = default;

Task<std::unique_ptr<Connection>> Connection::open(Url server, std::optional<Url> proxy, Deadlines deadlines,
                                                   const TlsContext* tls) {
    auto streams = std::make_unique<Streams>(co_await asio::this_coro::executor);
    std::unique_ptr<Connection> connection(new Connection(std::move(streams), server.endpoint(), deadlines));
    const Url& next = proxy ? *proxy : server;
    RDT_CO_CHECK(co_await connection->connect(next.host, next.port));
    if (!server.is_tls()) co_return connection;
    if (tls == nullptr) co_return fail(Code::internal, "connect to {}: no TLS set up", server.endpoint());
    if (proxy) RDT_CO_CHECK(co_await connection->tunnel(server, *proxy));
    RDT_CO_CHECK(co_await connection->start_tls(*tls, server.host));
    co_return connection;
}

Task<> Connection::connect(std::string host, std::uint16_t port) {
    const auto name = is_address(host) && host.contains(':') ? std::format("[{}]:{}", host, port)
                                                             : std::format("{}:{}", host, port);
    RDT_CO_TRY(auto found, co_await within(deadlines_.connect, "resolve " + host, resolve(host, port)));
    streams_->tcp.expires_after(deadlines_.connect);
    auto [error, chosen] = co_await streams_->tcp.async_connect(found, k_as_tuple);
    if (error) co_return fail_io("connect to " + name, error, deadlines_.connect);
    streams_->tcp.socket().set_option(tcp::no_delay(true), error);
    co_return Status{};
}

Task<> Connection::start_tls(const TlsContext& tls, std::string host) {
    const std::string step = "TLS handshake with " + endpoint_;
    auto& stream = streams_->tls.emplace(streams_->tcp, tls.native().context);
    SSL* native = stream.native_handle();
    auto* parameters = SSL_get0_param(native);
    if (is_address(host)) {
        X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str());
    } else {
        X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), host.size());
        // SSL_set_tlsext_host_name is this call behind a C cast.
        SSL_ctrl(native, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data());
    }
    streams_->tcp.expires_after(deadlines_.handshake);
    auto [error] = co_await stream.async_handshake(ssl::stream_base::client, k_as_tuple);
    if (!error) co_return Status{};
    if (error == beast::error::timeout || error == asio::error::operation_aborted)
        co_return fail_io(step, error, deadlines_.handshake);
    co_return fail(Code::failed_precondition, "{}: {}", step, handshake_fault(native, error));
}

Task<> Connection::tunnel(Url server, Url proxy) {
    const std::string step = std::format("proxy {} to {}", proxy.endpoint(), server.endpoint());
    Headers headers{{"Host", server.endpoint()}};
    if (auto value = proxy_authorization(proxy); !value.empty())
        headers.add("Proxy-Authorization", std::move(value));
    RDT_CO_TRY(auto head, render_request_head("CONNECT", server.endpoint(), headers));
    RDT_CO_CHECK(co_await write(std::move(head)));
    ResponseReader reader({}, {}, ResponseReader::Body::none);
    std::array<char, 1> byte{}; // byte by byte: what follows the header belongs to TLS
    while (!reader.is_done()) {
        RDT_CO_TRY(const auto count, co_await read_some(byte));
        const auto fed = count == 0 ? reader.feed_end() : reader.feed({byte.data(), count});
        if (!fed) co_return std::unexpected(fed.error().within(step));
    }
    const auto response = reader.take();
    if (!response.is_success())
        co_return fail(Code::unavailable, "{}: refused with status {}", step, response.status);
    co_return Status{};
}

Task<std::size_t> Connection::read_some(std::span<char> buffer) {
    const auto into = asio::buffer(buffer.data(), buffer.size());
    streams_->tcp.expires_after(deadlines_.idle);
    ErrorCode error;
    std::size_t count = 0;
    if (streams_->tls)
        std::tie(error, count) = co_await streams_->tls->async_read_some(into, k_as_tuple);
    else
        std::tie(error, count) = co_await streams_->tcp.async_read_some(into, k_as_tuple);
    if (error == asio::error::eof || error == ssl::error::stream_truncated) {
        is_cut_ = error == ssl::error::stream_truncated;
        co_return std::size_t{0};
    }
    if (error) co_return fail_io("read from " + endpoint_, error, deadlines_.idle);
    co_return count;
}

Task<> Connection::write(std::string bytes) {
    streams_->tcp.expires_after(deadlines_.idle);
    const auto from = asio::buffer(bytes);
    ErrorCode error;
    std::size_t count = 0;
    if (streams_->tls)
        std::tie(error, count) = co_await asio::async_write(*streams_->tls, from, k_as_tuple);
    else
        std::tie(error, count) = co_await asio::async_write(streams_->tcp, from, k_as_tuple);
    if (error) co_return fail_io("write to " + endpoint_, error, deadlines_.idle);
    co_return Status{};
}

std::string proxy_authorization(const Url& proxy) {
    if (proxy.user_info.empty()) return {};
    return "Basic " + encoding::to_base64(decode_percent(proxy.user_info));
}

} // namespace redoubt::http
