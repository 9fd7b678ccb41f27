// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/reach.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <format>
#include <string_view>
#include <utility>

#include "common/http/client.hpp"

namespace redoubt::node::network {
namespace {

constexpr std::uint64_t k_most_body = 10U << 10U; // of an answer that says failure
constexpr unsigned k_first_good = 200;
constexpr unsigned k_first_bad = 400;

std::string url_of(const HttpQuestion& question) {
    const bool is_v6 = question.address.contains(':');
    return std::format("{}://{}{}{}:{}{}", question.scheme, is_v6 ? "[" : "", question.address,
                       is_v6 ? "]" : "", question.port, question.path);
}

} // namespace

Task<void> ask_http(HttpQuestion question) {
    http::ClientOptions options;
    options.verification = http::TlsVerification::none; // it is asked whether it lives, not who it is
    options.limits.body_bytes = k_most_body;
    http::Client client(std::move(options));
    http::Request request;
    request.url = url_of(question);
    for (auto& [name, value] : question.headers) request.headers.add(name, value);
    // What it says is of no interest, however long it is.
    http::BodySink sink{.begin = {}, .write = [](std::string_view) { return Status{}; }};
    RDT_CO_TRY(const auto response, co_await client.fetch(std::move(request), std::move(sink)));
    if (response.status >= k_first_good && response.status < k_first_bad) co_return Status{};
    co_return fail(Code::aborted, "HTTP status {}", response.status);
}

Task<void> ask_tcp(std::string address, std::uint16_t port) {
    boost::system::error_code wrong;
    const auto ip = asio::ip::make_address(address, wrong);
    if (wrong) co_return fail(Code::invalid_argument, "'{}' is not an address", address);
    asio::ip::tcp::socket socket(co_await asio::this_coro::executor);
    const auto [error] = co_await socket.async_connect({ip, port}, k_as_tuple);
    if (error) co_return fail(Code::unavailable, "connect to {}:{}: {}", address, port, error.message());
    co_return Status{};
}

} // namespace redoubt::node::network
