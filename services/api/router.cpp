// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/api/router.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <optional>

#include "common/crypto/secret.hpp"
#include "common/log/log.hpp"
#include "services/api/admin_routes.hpp"
#include "services/api/answers.hpp"
#include "services/api/collateral_metrics.hpp"

namespace redoubt::services::api {
namespace {

namespace bj = boost::json;
using http::ServerRequest;
using http::ServerResponse;
using key_broker::Answer;
using key_broker::Refusal;

constexpr std::string_view k_cookie = "kbs-session-id";
constexpr std::string_view k_json = "application/json";
constexpr std::size_t k_max_segments = 32;

ServerResponse not_found() {
    return problem({"InvalidRequestPath", 404, "no such path"});
}

/// Segments of a path that means one thing: no escapes, no empty or dotted parts.
std::optional<std::vector<std::string>> split_path(std::string_view path) {
    if (!path.starts_with('/') || path.contains('%') || path.contains('\\')) return std::nullopt;
    std::vector<std::string> segments;
    path.remove_prefix(1);
    while (true) {
        const auto slash = path.find('/');
        const auto segment = path.substr(0, slash);
        if (segment.empty() || segment == "." || segment == ".." || segments.size() == k_max_segments)
            return std::nullopt;
        segments.emplace_back(segment);
        if (slash == std::string_view::npos) return segments;
        path.remove_prefix(slash + 1);
    }
}

} // namespace

std::optional<std::string> cookie_in(const ServerRequest& request) {
    std::optional<std::string> found;
    for (const auto& header : request.headers.find_all("Cookie")) {
        std::string_view rest = header;
        while (!rest.empty()) {
            const auto end = rest.find(';');
            auto pair = rest.substr(0, end);
            rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
            while (pair.starts_with(' ')) pair.remove_prefix(1);
            if (!pair.starts_with(k_cookie) || pair.size() <= k_cookie.size() || pair[k_cookie.size()] != '=')
                continue;
            if (found) return std::nullopt; // two sessions are none
            found = std::string(pair.substr(k_cookie.size() + 1));
        }
    }
    return found;
}

Router::Router(Parts parts, RouterLimits limits)
    : parts_(std::move(parts)), guests_(limits.guest_requests_per_second, limits.guest_burst),
      refused_administrators_(limits.admin_refusals_per_second, limits.admin_refusal_burst) {}

asio::awaitable<ServerResponse> Router::handle(ServerRequest request) {
    ++parts_.metrics->requests;
    auto path = split_path(request.path());
    if (!path) co_return not_found();
    Call call{std::move(request), std::string(key_broker::k_default_tenant), *std::move(path)};
    auto& segments = call.path;
    const bool is_get = call.request.method == "GET" || call.request.method == "HEAD";
    if (is_get && segments == std::vector<std::string>{"healthz"}) co_return reply(200, "text/plain", "ok\n");
    if (is_get && segments == std::vector<std::string>{"metrics"})
        co_return reply(
            200, "text/plain; version=0.0.4",
            render_metrics(*parts_.metrics) +
                render_collateral_metrics(parts_.broker->collateral(), parts_.fetches, parts_.now()));
    if (is_get && segments == std::vector<std::string>{".well-known", "jwks.json"})
        co_return reply_json(parts_.issuer->key_set());
    if (segments.size() > 2 && segments[0] == "tenants") {
        call.tenant = segments[1];
        segments.erase(segments.begin(), segments.begin() + 2);
        if (!key_broker::is_tenant_name(call.tenant)) co_return not_found();
    }
    if (call.request.method == "POST" && segments == std::vector<std::string>{"attestation"})
        co_return co_await evaluate(std::move(call));
    if (segments.size() > 2 && segments[0] == "kbs" && segments[1] == "v0") {
        segments.erase(segments.begin(), segments.begin() + 2);
        co_return co_await protocol(std::move(call));
    }
    if (segments.size() > 2 && segments[0] == "redoubt" && segments[1] == "v1") {
        segments.erase(segments.begin(), segments.begin() + 2);
        auto response = administer(call);
        crypto::wipe(call.request.body); // a secret, when it was one
        co_return response;
    }
    co_return not_found();
}

asio::awaitable<ServerResponse> Router::protocol(Call call) {
    const auto& name = call.path[0];
    if (parts_.plugins != nullptr && call.path.size() > 1 && parts_.plugins->has(name))
        co_return co_await plugin(std::move(call));
    const bool is_get = call.request.method == "GET";
    const bool is_post = call.request.method == "POST";
    const bool is_guests = (is_post && call.path.size() == 1 && (name == "auth" || name == "attest")) ||
                           (is_get && name == "resource");
    if (!is_guests) {
        auto response = administer(call);
        crypto::wipe(call.request.body); // a secret, when it was one
        co_return response;
    }
    if (!guests_.take(call.request.peer.group, Clock::now())) {
        ++parts_.metrics->rate_limited;
        co_return problem({"HTTPFailed", 429, "too many requests"});
    }
    if (name == "auth") co_return co_await authenticate(std::move(call));
    if (name == "attest") co_return co_await attest(std::move(call));
    co_return co_await release(std::move(call));
}

asio::awaitable<ServerResponse> Router::authenticate(Call call) {
    const auto challenge = parts_.broker->begin(call.tenant, call.request.body);
    if (!challenge) co_return problem(challenge.error());
    ++parts_.metrics->challenges;
    auto response = reply(200, k_json, challenge->body);
    response.headers.add("Set-Cookie", cookie_of(challenge->session));
    co_return response;
}

asio::awaitable<ServerResponse> Router::attest(Call call) {
    const auto request = parts_.broker->read(call.tenant, cookie_in(call.request), call.request.body);
    if (parts_.vceks != nullptr)
        if (auto chip = parts_.broker->missing_chip(call.tenant, request))
            co_await parts_.vceks->prepare(*std::move(chip));
    auto judged = parts_.broker->attest(call.tenant, request);
    judged.audit.peer = call.request.peer.address;
    if (const auto recorded = co_await record(std::move(judged.audit), "AttestationError"); !recorded)
        co_return problem(recorded.error());
    if (!judged.answer) {
        ++parts_.metrics->attestations_refused;
        co_return problem(judged.answer.error());
    }
    ++parts_.metrics->attestations;
    auto response = reply_json(bj::object{{"token", judged.answer->token}});
    response.headers.add("Set-Cookie", cookie_of(judged.answer->session));
    co_return response;
}

asio::awaitable<ServerResponse> Router::release(Call call) {
    key_broker::PolicyRequest wanted{
        "resource", {call.path.begin() + 1, call.path.end()}, query_of(call.request)};
    if (!key_broker::is_resource_path(wanted.path))
        co_return problem({"InvalidRequestPath", 404, "not a resource: /resource/REPOSITORY/TYPE/TAG"});
    auto judged =
        parts_.broker->release(call.tenant, {cookie_in(call.request), bearer_of(call.request)}, wanted);
    judged.audit.peer = call.request.peer.address;
    if (const auto recorded = co_await record(std::move(judged.audit), "PluginInternalError"); !recorded)
        co_return problem(recorded.error());
    if (!judged.answer) {
        ++parts_.metrics->releases_refused;
        co_return problem(judged.answer.error());
    }
    ++parts_.metrics->releases;
    co_return reply(200, k_json, *std::move(judged.answer));
}

asio::awaitable<ServerResponse> Router::evaluate(Call call) {
    if (!guests_.take(call.request.peer.group, Clock::now())) {
        ++parts_.metrics->rate_limited;
        co_return problem({"HTTPFailed", 429, "too many requests"});
    }
    const auto who = parts_.authority->identify(call.request, parts_.now());
    if (!who) co_return refuse_administrator(call, who.error());
    if (!who->may(key_broker::Role::verifier, call.tenant))
        co_return problem({"AdminAuthAccess", 401, "not allowed to do this"});
    const auto request = key_broker::read_evaluation(call.request.body);
    if (parts_.vceks != nullptr)
        if (auto chip = parts_.broker->missing_chip(request))
            co_await parts_.vceks->prepare(*std::move(chip));
    auto judged = parts_.broker->evaluate(call.tenant, who->name, request);
    judged.audit.peer = call.request.peer.address;
    if (const auto recorded = co_await record(std::move(judged.audit), "AttestationError"); !recorded)
        co_return problem(recorded.error());
    if (!judged.answer) {
        ++parts_.metrics->evaluations_refused;
        co_return problem(judged.answer.error());
    }
    ++parts_.metrics->evaluations;
    co_return reply(200, "text/plain", *std::move(judged.answer));
}

asio::awaitable<Answer<void>> Router::record(store::AuditEntry entry, std::string_view variant) {
    const auto recorded = co_await parts_.audit->record(std::move(entry));
    if (recorded) co_return Answer<void>();
    log::error("audit log: " + recorded.error().message);
    co_return key_broker::refuse(variant, 503, "the audit log cannot be written");
}

ServerResponse Router::refuse_administrator(const Call& call, const Refusal& refusal) {
    ++parts_.metrics->admin_refused;
    if (refused_administrators_.take(call.request.peer.group, Clock::now())) return problem(refusal);
    ++parts_.metrics->rate_limited;
    return problem({"AdminAuthAccess", 429, "too many requests"});
}

ServerResponse Router::administer(const Call& call) {
    // To look at a token costs a signature: strangers have a share of that.
    if (call.request.peer.certificate_sha256.empty() &&
        !guests_.take(call.request.peer.group, Clock::now())) {
        ++parts_.metrics->rate_limited;
        return problem({"AdminAuthAccess", 429, "too many requests"});
    }
    const auto who = parts_.authority->identify(call.request, parts_.now());
    return who ? dispatch(call, *who) : refuse_administrator(call, who.error());
}

ServerResponse Router::dispatch(const Call& call, const key_broker::Administrator& who) {
    const AdminCall asked{*parts_.admin, parts_.broker->collateral(), who, call.tenant, call.path,
                          call.request};
    for (const auto& route : admin_routes())
        if (route.is_asked_by(call.request.method, call.path)) return route.answer(asked);
    return problem(
        {"PluginNotFound", 404, std::format("'{}' is not implemented", call.path[0].substr(0, 60))});
}

std::string Router::cookie_of(const key_broker::Session& session) const {
    return std::format("{}={}; Expires={:%a, %d %b %Y %H:%M:%S} GMT; HttpOnly{}", k_cookie, session.id,
                       session.ends, parts_.is_secure ? "; Secure" : "");
}

} // namespace redoubt::services::api
