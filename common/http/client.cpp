// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/http/client.hpp"

#include <boost/system/system_error.hpp>

#include <vector>

#include "common/http/request_head.hpp"

namespace redoubt::http {
namespace {

constexpr std::size_t k_read_bytes = 128U << 10U;

bool is_redirect(unsigned status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// The request as bytes. Errors: invalid_argument for a header that would break out of its line.
Result<std::string> render_request(const Request& request, const Url& url, const std::optional<Url>& proxy) {
    const bool is_to_proxy = proxy && !url.is_tls();
    Headers headers = request.headers;
    headers.add("Host", url.authority());
    headers.add("User-Agent", "redoubt/" REDOUBT_VERSION);
    headers.add("Connection", "close");
    if (!request.body.empty() || request.method == "POST")
        headers.add("Content-Length", std::to_string(request.body.size()));
    if (is_to_proxy && !proxy->user_info.empty())
        headers.add("Proxy-Authorization", proxy_authorization(*proxy));
    RDT_TRY(auto head, render_request_head(request.method, is_to_proxy ? url.render() : url.target, headers));
    return head + request.body;
}

} // namespace

Result<const TlsContext*> Client::tls_for(const Url& url) {
    if (!url.is_tls()) return nullptr;
    if (!tls_) {
        RDT_TRY(tls_, TlsContext::make({options_.verification, options_.authorities, options_.ca_certificates,
                                        options_.identity}));
    }
    return &*tls_;
}

Task<Response> Client::fetch(Request request, BodySink sink) {
    std::string where = request.url.substr(0, request.url.find('?'));
    try {
        co_return co_await follow(std::move(request), std::move(sink));
    } catch (const boost::system::system_error& error) {
        // Asio throws at the next await once a coroutine has been cancelled.
        if (error.code() == asio::error::operation_aborted)
            co_return fail(Code::cancelled, "{}: cancelled", where);
        co_return fail(Code::internal, "{}: {}", where, error.code().message());
    }
}

Task<Response> Client::follow(Request request, BodySink sink) {
    RDT_CO_TRY(auto url, parse_url(request.url));
    for (unsigned hops = 0; hops <= options_.max_redirects; ++hops) {
        if (!url.user_info.empty())
            co_return fail(Code::invalid_argument, "URL of {} holds a user name", url.endpoint());
        RDT_CO_TRY(auto response, co_await exchange(request, url, sink));
        const auto location = response.headers.find("Location");
        const bool is_followed = request.method == "GET" || request.method == "HEAD";
        if (!is_redirect(response.status) || !location || !is_followed) co_return response;
        auto next = resolve_url(url, *location);
        if (!next) co_return std::unexpected(next.error().within("redirect from " + url.endpoint()));
        if (url.is_tls() && !next->is_tls() && options_.verification == TlsVerification::full)
            co_return fail(Code::failed_precondition, "redirect from {} to plain http refused",
                           url.endpoint());
        if (!next->is_same_origin(url)) request.headers.remove("Authorization");
        url = *std::move(next);
    }
    if (options_.max_redirects == 0)
        co_return fail(Code::unavailable, "{}: it redirects, which is not followed", url.endpoint());
    co_return fail(Code::unavailable, "{}: more than {} redirects", url.endpoint(), options_.max_redirects);
}

Task<Response> Client::exchange(Request request, Url url, BodySink sink) {
    const auto proxy = options_.proxies.choose(url);
    RDT_CO_TRY(const auto text, render_request(request, url, proxy));
    RDT_CO_TRY(const TlsContext* tls, tls_for(url));
    RDT_CO_TRY(auto connection, co_await Connection::open(url, proxy, options_.deadlines, tls));
    RDT_CO_CHECK(co_await connection->write(text));
    const auto body = request.method == "HEAD" ? ResponseReader::Body::none : ResponseReader::Body::expected;
    ResponseReader reader(options_.limits, std::move(sink), body);
    std::vector<char> buffer(k_read_bytes);
    while (!reader.is_done()) {
        RDT_CO_TRY(const auto count, co_await connection->read_some(buffer));
        if (count == 0 && connection->is_cut() && reader.is_ended_by_close())
            co_return fail(Code::unavailable, "read from {}: TLS connection cut", url.endpoint());
        const auto fed = count == 0 ? reader.feed_end() : reader.feed({buffer.data(), count});
        if (!fed) co_return std::unexpected(fed.error().within("read from " + url.endpoint()));
    }
    Response response = reader.take();
    response.url = url.render();
    co_return response;
}

} // namespace redoubt::http
