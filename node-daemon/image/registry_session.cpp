// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/image/registry_session.hpp"

#include <algorithm>
#include <charconv>

#include "node-daemon/image/registry_auth.hpp"

namespace redoubt::node::image {
namespace {

constexpr Duration k_longest_wait = std::chrono::seconds(20);

bool is_passing(unsigned status) {
    return status == 429 || status >= 500;
}

/// What Retry-After asks for, within reason; else the policy's own wait.
Duration wait_before_retry(const http::Response& response, Duration planned) {
    const auto header = response.headers.find("Retry-After").value_or("");
    unsigned seconds = 0;
    const auto [end, error] = std::from_chars(header.data(), header.data() + header.size(), seconds);
    if (error != std::errc{} || end != header.data() + header.size()) return planned;
    return std::min<Duration>(std::chrono::seconds(seconds), k_longest_wait);
}

http::ClientOptions client_options_for(const PullOptions& options, http::ProxySettings proxies) {
    http::ClientOptions client;
    client.verification = options.is_insecure ? http::TlsVerification::none : http::TlsVerification::full;
    client.ca_certificates = options.ca_certificates;
    client.proxies = std::move(proxies);
    return client;
}

/// True when the answer is the registry's own, not that of a host it redirected to.
bool is_from(const std::string& base_url, const http::Response& response) {
    const auto base = http::parse_url(base_url);
    const auto url = http::parse_url(response.url);
    return base && url && base->is_same_origin(*url);
}

bool is_tls_fault(const Error& error) {
    return error.code == Code::failed_precondition;
}

} // namespace

RegistrySession::RegistrySession(std::string registry, std::string repository, PullOptions options,
                                 http::ClientOptions client_options)
    : registry_(std::move(registry)), repository_(std::move(repository)), options_(std::move(options)),
      client_(std::move(client_options)), base_url_("https://" + registry_) {}

Task<std::unique_ptr<RegistrySession>> RegistrySession::open(std::string registry, std::string repository,
                                                             PullOptions options) {
    RDT_CO_TRY(auto proxies, http::proxies_from_environment());
    auto client_options = client_options_for(options, std::move(proxies));
    std::unique_ptr<RegistrySession> session(new RegistrySession(
        std::move(registry), std::move(repository), std::move(options), std::move(client_options)));
    if (session->options_.is_insecure) RDT_CO_CHECK(co_await session->find_protocol());
    co_return session;
}

Task<> RegistrySession::find_protocol() {
    http::Request request;
    request.url = "https://" + registry_ + "/v2/";
    const auto tls = co_await client_.send(request);
    if (tls || tls.error().code == Code::cancelled) co_return tls.transform([](const auto&) {});
    request.url = "http://" + registry_ + "/v2/";
    const auto plain = co_await client_.send(request);
    if (!plain && is_tls_fault(tls.error())) co_return std::unexpected(tls.error());
    if (!plain) co_return std::unexpected(plain.error());
    base_url_ = "http://" + registry_;
    co_return Status{};
}

std::unexpected<Error> RegistrySession::refused() const {
    if (repository_.empty())
        return fail(Code::unauthenticated, "it refused the credentials of user {}",
                    options_.credentials ? options_.credentials->username : "");
    const auto remedy =
        std::format("redoubtctl login {0}, or redoubtctl image pull --creds USER:PASSWORD {0}/{1}", registry_,
                    repository_);
    if (options_.credentials)
        return fail(Code::unauthenticated, "registry refused the credentials of user {}; correct them: {}",
                    options_.credentials->username, remedy);
    return fail(Code::unauthenticated,
                "unauthorized: the registry wants credentials (it says so for repositories that do not "
                "exist, too): {}",
                remedy);
}

Task<> RegistrySession::fetch_token(std::string url) {
    http::Request request;
    request.url = std::move(url);
    const bool is_private = request.url.starts_with("https://") || options_.is_insecure;
    if (options_.credentials && !is_private)
        co_return fail(Code::failed_precondition,
                       "registry wants the credentials sent to a token server without TLS");
    if (options_.credentials)
        request.headers.add("Authorization", basic_authorization(*options_.credentials));
    auto response = co_await client_.send(std::move(request));
    if (!response) co_return std::unexpected(response.error().within("token server"));
    if (response->status == 401 || response->status == 403) co_return refused();
    if (!response->is_success())
        co_return fail(Code::unavailable, "token server answered with status {}", response->status);
    RDT_CO_TRY(const auto token, parse_token(response->body));
    authorization_ = "Bearer " + token;
    co_return Status{};
}

Task<> RegistrySession::answer_challenge(http::Response refusal) {
    const auto challenge = choose_challenge(refusal.headers.find_all("WWW-Authenticate"));
    if (!challenge) co_return refused();
    if (challenge->scheme == "bearer") {
        RDT_CO_TRY(auto url, token_url(*challenge, repository_));
        co_return co_await fetch_token(std::move(url));
    }
    if (!options_.credentials) co_return refused();
    authorization_ = basic_authorization(*options_.credentials);
    co_return Status{};
}

Task<http::Response> RegistrySession::get_once(std::string path, http::Headers headers, http::BodySink sink) {
    for (bool is_second : {false, true}) {
        http::Request request;
        request.url = base_url_ + "/v2/" + (repository_.empty() ? "" : repository_ + "/") + path;
        request.headers = headers;
        if (!authorization_.empty()) request.headers.add("Authorization", authorization_);
        auto response = co_await client_.fetch(std::move(request), sink);
        if (!response && is_tls_fault(response.error())) {
            co_return fail(
                Code::failed_precondition,
                "{}; give the registry's certificate authority (--cert-dir), or allow it to be insecure "
                "(--tls-verify=false, or image.insecure_registries in the configuration)",
                response.error().message);
        }
        if (!response) co_return response;
        if (response->status == 403) co_return refused();
        if (response->status != 401) co_return response;
        if (is_second || !is_from(base_url_, *response)) co_return refused();
        RDT_CO_CHECK(co_await answer_challenge(*std::move(response)));
    }
    co_return refused();
}

Task<http::Response> RegistrySession::get(std::string path, http::Headers headers, http::BodySink sink) {
    auto wait = retry_policy_.first_wait;
    for (unsigned tries = 0;; ++tries) {
        RDT_CO_TRY(auto response, co_await get_once(path, headers, sink));
        if (!is_passing(response.status)) co_return response;
        if (tries == retry_policy_.retries)
            co_return fail(Code::unavailable, "registry {} answered with status {} {} times", registry_,
                           response.status, tries + 1);
        co_await sleep_for(wait_before_retry(response, wait));
        wait *= 2;
    }
}

} // namespace redoubt::node::image
