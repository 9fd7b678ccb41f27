// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// Requests of external plugins: /kbs/v0/NAME/... A guest gets what the tenant's policy names, as with a
/// resource; what a plugin says is for administrators takes the role `secrets`. Nobody who is neither reaches
/// a plugin, and a plugin that fails is a refusal.

#include "common/crypto/secret.hpp"
#include "common/jose/jwe.hpp"
#include "common/log/log.hpp"
#include "services/api/answers.hpp"
#include "services/api/router.hpp"

namespace redoubt::services::api {
namespace {

using http::ServerResponse;
using key_broker::Refusal;

constexpr unsigned k_first_failure = 400;

plugins::PluginCall plugin_call(const http::ServerRequest& request, const std::vector<std::string>& path) {
    plugins::PluginCall asked;
    asked.method = request.method;
    asked.path.assign(path.begin() + 1, path.end());
    for (auto& [name, value] : query_of(request)) asked.query.insert_or_assign(name, value);
    asked.body = request.body;
    return asked;
}

/// What failed is the log's to know, not the caller's.
Refusal failed(const Error& error) {
    log::warning(error.message);
    return {"PluginInternalError", 503, "the plugin cannot be asked"};
}

Refusal refused_by(const plugins::PluginAnswer& answer) {
    return {"PluginInternalError", answer.status, "refused by the plugin"};
}

} // namespace

asio::awaitable<ServerResponse> Router::plugin(Call call) {
    if (!guests_.take(call.request.peer.group, Clock::now())) {
        ++parts_.metrics->rate_limited;
        co_return problem({"HTTPFailed", 429, "too many requests"});
    }
    const auto who = parts_.authority->identify(call.request, parts_.now());
    if (!who) co_return co_await plugin_for_guest(std::move(call));
    const auto allowed = parts_.admin->authorise(*who, key_broker::Role::secrets, call.tenant, "plugin.call");
    if (!allowed) co_return problem(allowed.error());
    co_return co_await plugin_for_administrator(std::move(call), *who);
}

asio::awaitable<ServerResponse> Router::plugin_for_administrator(Call call, key_broker::Administrator who) {
    const auto& name = call.path[0];
    const auto asked = plugin_call(call.request, call.path);
    const auto is_his = co_await parts_.plugins->needs_administrator(name, asked);
    if (!is_his) co_return problem(failed(is_his.error()));
    if (!*is_his) co_return problem({"AdminAuthAccess", 401, "the plugin has this for guests"});
    // On record before it is done: what fails from here on is in the log as asked for.
    const auto recorded = co_await record({.tenant = call.tenant,
                                           .actor = who.name,
                                           .peer = call.request.peer.address,
                                           .operation = "plugin.call",
                                           .object = name + "/" + key_broker::join_path(asked.path),
                                           .decision = "allowed",
                                           .reason = {},
                                           .facts = {{"method", call.request.method}}},
                                          "PluginInternalError");
    if (!recorded) co_return problem(recorded.error());
    auto answer = co_await parts_.plugins->handle(name, asked);
    if (!answer) co_return problem(failed(answer.error()));
    if (answer->status >= k_first_failure) co_return problem(refused_by(*answer));
    co_return reply(answer->status, answer->content_type, std::move(answer->body));
}

asio::awaitable<ServerResponse> Router::plugin_for_guest(Call call) {
    const auto& name = call.path[0];
    key_broker::PolicyRequest wanted{name, {call.path.begin() + 1, call.path.end()}, query_of(call.request)};
    auto judged =
        parts_.broker->permit(call.tenant, {cookie_in(call.request), bearer_of(call.request)}, wanted);
    auto outcome = judged.answer ? co_await ask_for_guest(name, plugin_call(call.request, call.path),
                                                          (*judged.answer)->tee_key)
                                 : key_broker::Answer<ServerResponse>(std::unexpected(judged.answer.error()));
    judged.audit.peer = call.request.peer.address;
    judged.audit.facts["method"] = call.request.method;
    judged.audit.decision = outcome ? "allowed" : "refused";
    if (!outcome) judged.audit.reason = key_broker::reason_of(outcome.error());
    if (const auto recorded = co_await record(std::move(judged.audit), "PluginInternalError"); !recorded)
        co_return problem(recorded.error());
    ++(outcome ? parts_.metrics->releases : parts_.metrics->releases_refused);
    if (!outcome) co_return problem(outcome.error());
    co_return *std::move(outcome);
}

asio::awaitable<key_broker::Answer<ServerResponse>>
Router::ask_for_guest(std::string name, plugins::PluginCall asked, jose::Jwk tee_key) {
    const auto is_administrators = co_await parts_.plugins->needs_administrator(name, asked);
    if (!is_administrators) co_return std::unexpected(failed(is_administrators.error()));
    if (*is_administrators)
        co_return key_broker::refuse("AdminAuthAccess", 401, "the plugin has this for administrators");
    // Before the plugin does anything: whether its answer is encrypted, or not, must not fail afterwards.
    const auto is_encrypted = co_await parts_.plugins->needs_encryption(name, asked);
    if (!is_encrypted) co_return std::unexpected(failed(is_encrypted.error()));
    auto answer = co_await parts_.plugins->handle(name, std::move(asked));
    if (!answer) co_return std::unexpected(failed(answer.error()));
    if (answer->status >= k_first_failure) co_return std::unexpected(refused_by(*answer));
    if (!*is_encrypted) co_return reply(answer->status, answer->content_type, std::move(answer->body));
    auto encrypted = jose::encrypt_jwe(answer->body, tee_key);
    crypto::wipe(answer->body);
    if (!encrypted) co_return key_broker::refuse("JweError", encrypted.error());
    co_return reply(200, "application/json", *std::move(encrypted));
}

} // namespace redoubt::services::api
