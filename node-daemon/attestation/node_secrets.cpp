// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/attestation/node_secrets.hpp"

#include <algorithm>
#include <optional>
#include <tuple>

#include "common/base/file.hpp"
#include "common/encoding/json.hpp"
#include "common/jose/jwe.hpp"
#include "common/rcar/rcar_messages.hpp"
#include "common/tee/host/host_evidence.hpp"

namespace redoubt::node::attestation {
namespace {

constexpr std::uint64_t k_max_certificate = 1U << 20U;
constexpr std::size_t k_max_secret = 1U << 20U;
constexpr http::ReadLimits k_limits{.header_bytes = 64U << 10U, .body_bytes = 2U << 20U};

Result<http::ClientOptions> client_options(const std::filesystem::path& certificate) {
    http::ClientOptions options;
    options.authorities = http::TlsAuthorities::given;
    RDT_TRY(options.ca_certificates,
            read_file(certificate, k_max_certificate).transform_error(context("broker.certificate")));
    options.limits = k_limits;
    options.max_redirects = 0;
    return options;
}

Task<http::Response> post(http::Client& client, std::string url, http::Headers headers, std::string body) {
    headers.add("Content-Type", "application/json");
    RDT_CO_TRY(auto answer, co_await client.send({.method = "POST",
                                                  .url = std::move(url),
                                                  .headers = std::move(headers),
                                                  .body = std::move(body)}));
    if (!answer.is_success()) co_return std::unexpected(rcar::refusal_of(answer));
    co_return answer;
}

} // namespace

asio::awaitable<void> NodeSecrets::keep() {
    auto pause = settings_.first_pause;
    std::optional<std::string> reported;
    pause_.emplace(co_await asio::this_coro::executor);
    while (true) {
        is_wanted_ = false;
        const auto outcome = co_await fetch_all();
        const auto words = outcome ? std::string() : outcome.error().message;
        if (reported != words) report_(outcome);
        reported = words;
        pause_->expires_after(outcome ? settings_.refresh : pause);
        if (!is_wanted_) co_await pause_->async_wait(k_as_tuple);
        pause = outcome ? settings_.first_pause : std::min(2 * pause, settings_.longest_pause);
    }
}

void NodeSecrets::fetch_again() {
    is_wanted_ = true;
    if (pause_) pause_->cancel();
}

/// Each of its own: what is wrong with one is no reason to do without the others. Errors: of the first that
/// failed.
Task<void> NodeSecrets::fetch_all() {
    auto session = co_await shake_hands();
    Status outcome;
    for (auto& secret : secrets_) {
        auto fetched = session ? co_await fetch(*session, secret) : Status(std::unexpected(session.error()));
        if (fetched) continue;
        if (outcome) outcome = fetched;
        std::ignore = co_await note_failure(secret, std::move(fetched).error());
    }
    co_return outcome;
}

/// No longer the node that it was promised to: it is given up. Else what there is stays.
Task<void> NodeSecrets::note_failure(Secret& secret, Error error) {
    if (error.code == Code::permission_denied) secret.is_there = false;
    if (secret.is_there) co_return Status{};
    co_return co_await secret.holder->lose(std::move(error.message));
}

Task<void> NodeSecrets::fetch(Session& session, Secret& secret) {
    RDT_CO_TRY(const auto value, co_await get(session, secret.resource));
    RDT_CO_CHECK(
        (co_await secret.holder->take(value.view())).transform_error(context("{}", secret.resource)));
    secret.is_there = true;
    co_return Status{};
}

/// Request, challenge, quote, token: with a key that nobody has seen before.
Task<NodeSecrets::Session> NodeSecrets::shake_hands() {
    RDT_CO_TRY(auto options, client_options(settings_.certificate));
    auto client = std::make_unique<http::Client>(std::move(options));
    RDT_CO_TRY(auto key, crypto::PrivateKey::generate(crypto::Curve::p256));
    RDT_CO_TRY(const auto public_key, key.public_key());
    RDT_CO_TRY(const auto members, rcar::tee_key_json(public_key));
    const auto base = settings_.url + "/kbs/v0/";
    RDT_CO_TRY(const auto challenged,
               co_await post(*client, base + "auth", {}, rcar::auth_body(tee::host::k_host_tee)));
    RDT_CO_TRY(const auto challenge, rcar::read_challenge(challenged));
    RDT_CO_TRY(const auto bound, rcar::binding(challenge.nonce, members));
    const auto nonce = bound.substr(0, tee::host::k_nonce_size);
    RDT_CO_TRY(const auto evidence,
               co_await offload(pool_, [this, nonce] { return attester_.evidence(nonce, {}); }));
    RDT_CO_TRY(const auto document, json::parse("evidence", evidence));
    RDT_CO_TRY(
        const auto attested,
        co_await post(*client, base + "attest", {{"Cookie", challenge.cookie}},
                      rcar::attest_body(challenge.nonce, members, document.root().value()->as_object(), {})));
    RDT_CO_TRY(auto token, rcar::read_token(attested));
    co_return Session{std::move(client), std::move(key), std::move(token)};
}

Task<crypto::Secret> NodeSecrets::get(Session& session, const std::string& resource) {
    RDT_CO_TRY(const auto answer,
               co_await session.client->send({.method = "GET",
                                              .url = settings_.url + "/kbs/v0/resource/" + resource,
                                              .headers = {{"Authorization", "Bearer " + session.token}},
                                              .body = {}}));
    if (!answer.is_success()) co_return std::unexpected(rcar::refusal_of(answer));
    RDT_CO_TRY(auto value, jose::decrypt_jwe(answer.body, session.key));
    if (value.size() > k_max_secret)
        co_return fail(Code::resource_exhausted, "a value of {} bytes, where {} are allowed", value.size(),
                       k_max_secret);
    co_return value;
}

} // namespace redoubt::node::attestation
