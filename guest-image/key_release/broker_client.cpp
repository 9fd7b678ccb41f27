// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/key_release/broker_client.hpp"

#include <algorithm>
#include <array>
#include <format>
#include <utility>

#include "common/http/request_head.hpp"
#include "common/http/response_reader.hpp"
#include "common/jose/jwe.hpp"
#include "common/log/log.hpp"
#include "common/rcar/rcar_messages.hpp"
#include "common/rcar/resource_uri.hpp"

namespace redoubt::guest::key_release {
namespace {

constexpr std::size_t k_piece = 16384;
constexpr unsigned k_unauthorized = 401;
/// A resource of k_max_resource bytes in base64 and JSON, and evidence that comes back in a token.
constexpr http::ReadLimits k_limits{.header_bytes = 64U << 10U, .body_bytes = 2U << 20U};

/// Whether trying once more may help.
bool is_passing(Code code) {
    return code == Code::unavailable || code == Code::deadline_exceeded || code == Code::aborted;
}

Result<std::string> render_request(const http::Request& request, const http::Url& broker) {
    http::Headers headers{{"Host", broker.authority()}, {"User-Agent", "redoubt-agent/" REDOUBT_VERSION}};
    for (const auto& header : request.headers) headers.add(header.name, header.value);
    if (!request.body.empty()) {
        headers.add("Content-Type", "application/json");
        headers.add("Content-Length", std::to_string(request.body.size()));
    }
    RDT_TRY(const auto head, http::render_request_head(request.method, request.url, headers));
    return head + request.body;
}

Status expect_success(const http::Response& answer) {
    if (answer.is_success()) return {};
    return std::unexpected(rcar::refusal_of(answer));
}

Task<http::Response> read_answer(TlsChannel& connection) {
    http::ResponseReader reader(k_limits, {}, http::ResponseReader::Body::expected);
    std::array<char, k_piece> buffer{};
    while (!reader.is_done()) {
        RDT_CO_TRY(const auto size, co_await connection.read_some(buffer));
        auto fed = size == 0 ? reader.feed_end() : reader.feed({buffer.data(), size});
        if (fed) continue;
        const auto code = fed.error().code == Code::invalid_argument ? Code::data_loss : fed.error().code;
        co_return fail(code, "the broker's answer: {}", fed.error().message);
    }
    co_return reader.take();
}

bool is_kept_alive(const http::Response& answer) {
    const auto word = answer.headers.find("Connection");
    return !word || !http::is_equal_ignoring_case(*word, "close");
}

} // namespace

Result<std::unique_ptr<BrokerClient>> BrokerClient::make(BrokerParts parts, attester::Attester& attester,
                                                         const asio::any_io_executor& executor) {
    RDT_TRY(auto trust, PinnedTrust::make(parts.settings.certificates));
    // Not when a workload waits for its first secret: with it OpenSSL seeds its generators.
    RDT_TRY(auto key, crypto::PrivateKey::generate(crypto::Curve::p256));
    return std::unique_ptr<BrokerClient>(
        new BrokerClient(std::move(parts), std::move(trust), std::move(key), attester, executor));
}

Task<crypto::Secret> BrokerClient::get(std::string uri) {
    RDT_CO_TRY(auto path, rcar::resource_path(uri));
    co_return co_await in_turn<crypto::Secret>(std::move(uri), [&] { return try_get(path); });
}

Task<std::string> BrokerClient::token() {
    co_return co_await in_turn<std::string>("token", [&] { return try_token(); });
}

Task<void> BrokerClient::connect_ahead() {
    const auto guard = co_await turn_.lock();
    if (!connection_) {
        RDT_CO_TRY(connection_, co_await within(parts_.patience.connect, "connect to the broker", connect()));
    }
    co_return Status{};
}

template <class T>
Task<T> BrokerClient::in_turn(std::string what, Attempt<T> attempt) {
    const auto guard = co_await turn_.lock();
    auto value = co_await within(parts_.patience.total, "broker " + parts_.settings.url.endpoint(),
                                 patiently<T>(std::move(attempt)));
    if (!value && value.error().code == Code::deadline_exceeded)
        co_return fail(Code::unavailable, "{}: {}", what, value.error().message);
    co_return std::move(value).transform_error(context("{}", what));
}

template <class T>
Task<T> BrokerClient::patiently(Attempt<T> attempt) {
    const auto deadline = Clock::now() + parts_.patience.total;
    auto pause = parts_.patience.first_pause;
    while (true) {
        const bool may_be_stale = connection_ != nullptr;
        auto value = co_await attempt();
        if (value || !is_passing(value.error().code)) co_return value;
        connection_.reset();
        if (may_be_stale) continue; // brokers close idle connections: that is no reason to wait
        if (Clock::now() + pause >= deadline)
            co_return value; // with what was wrong, rather than that it took long
        log::debug("the broker does not answer: trying again", {{"ERROR", value.error().message}});
        co_await sleep_for(pause);
        pause = std::min(2 * pause, parts_.patience.longest_pause);
    }
}

/// With the token that there is; when the broker no longer takes it, with a new one, once.
Task<crypto::Secret> BrokerClient::try_get(std::string path) {
    const bool was_known = session_.has_value();
    if (!session_) {
        RDT_CO_TRY(session_, co_await shake_hands());
    }
    http::Request request{.method = "GET",
                          .url = parts_.settings.url.target + "/kbs/v0/resource/" + path,
                          .headers = {{"Authorization", "Bearer " + session_->token}},
                          .body = {}};
    RDT_CO_TRY(auto answer, co_await exchange(std::move(request)));
    if (answer.status == k_unauthorized && was_known) {
        session_.reset();
        co_return co_await try_get(std::move(path));
    }
    RDT_CO_CHECK(expect_success(answer));
    auto value = jose::decrypt_jwe(answer.body, session_->key);
    if (!value) co_return fail(Code::data_loss, "the broker's answer: {}", value.error().message);
    if (value->size() > k_max_resource)
        co_return fail(Code::resource_exhausted, "a value of {} bytes, where {} are allowed", value->size(),
                       k_max_resource);
    co_return value;
}

Task<std::string> BrokerClient::try_token() {
    RDT_CO_TRY(auto session, co_await shake_hands());
    co_return std::move(session.token);
}

/// Request, challenge, attestation, token: with a key that nobody has seen before.
Task<BrokerClient::Session> BrokerClient::shake_hands() {
    auto made = std::exchange(first_key_, std::nullopt);
    if (!made) {
        RDT_CO_TRY(made, crypto::PrivateKey::generate(crypto::Curve::p256));
    }
    auto& key = *made;
    RDT_CO_TRY(const auto public_key, key.public_key());
    RDT_CO_TRY(const auto members, rcar::tee_key_json(public_key));
    if (tee_.empty()) tee_ = parts_.tee;
    if (tee_.empty()) {
        RDT_CO_TRY(const auto evidence, (co_await attester_.attest({})).transform_error(context("evidence")));
        tee_ = evidence.tee;
    }
    const auto& base = parts_.settings.url.target;
    http::Request request{
        .method = "POST", .url = base + "/kbs/v0/auth", .headers = {}, .body = rcar::auth_body(tee_)};
    RDT_CO_TRY(const auto challenged, co_await exchange(std::move(request)));
    RDT_CO_CHECK(expect_success(challenged).transform_error(context("authentication")));
    RDT_CO_TRY(const auto challenge, rcar::read_challenge(challenged));
    RDT_CO_TRY(auto bound, rcar::binding(challenge.nonce, members));
    RDT_CO_TRY(const auto evidence,
               (co_await attester_.attest(std::move(bound))).transform_error(context("evidence")));
    http::Request attestation{
        .method = "POST",
        .url = base + "/kbs/v0/attest",
        .headers = {{"Cookie", challenge.cookie}},
        .body = rcar::attest_body(challenge.nonce, members, evidence.json, parts_.init_data)};
    RDT_CO_TRY(const auto attested, co_await exchange(std::move(attestation)));
    RDT_CO_CHECK(expect_success(attested).transform_error(context("attestation")));
    RDT_CO_TRY(auto token, rcar::read_token(attested));
    ++handshakes_;
    co_return Session{std::move(key), std::move(token)};
}

Task<http::Response> BrokerClient::exchange(http::Request request) {
    if (!connection_) {
        RDT_CO_TRY(connection_, co_await within(parts_.patience.connect, "connect to the broker", connect()));
    }
    // An exchange that is given up or fails takes its connection along.
    RDT_CO_TRY(auto answer, co_await within(parts_.patience.exchange, "an answer of the broker's",
                                            send_and_read(std::move(request))));
    co_return answer;
}

Task<http::Response> BrokerClient::send_and_read(http::Request request) {
    auto connection = std::move(connection_);
    RDT_CO_TRY(auto bytes, render_request(request, parts_.settings.url));
    RDT_CO_CHECK(co_await connection->write(std::move(bytes)));
    RDT_CO_TRY(auto answer, co_await read_answer(*connection));
    if (is_kept_alive(answer)) connection_ = std::move(connection);
    co_return answer;
}

Task<std::unique_ptr<TlsChannel>> BrokerClient::connect() {
    RDT_CO_TRY(auto below, co_await parts_.dial());
    co_return co_await TlsChannel::connect(std::move(below), *trust_, parts_.settings.url.host);
}

} // namespace redoubt::guest::key_release
