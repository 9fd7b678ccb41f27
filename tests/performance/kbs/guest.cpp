// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "tests/performance/kbs/guest.hpp"

#include <array>
#include <format>

#include "common/http/response_reader.hpp"
#include "common/rcar/rcar_messages.hpp"

namespace redoubt::performance {
namespace {

constexpr std::size_t k_piece = 16384;

std::string render_request(const http::Request& request, const http::Url& broker) {
    std::string text =
        std::format("{} {} HTTP/1.1\r\nHost: {}\r\n", request.method, request.url, broker.authority());
    for (const auto& header : request.headers) text += std::format("{}: {}\r\n", header.name, header.value);
    if (!request.body.empty())
        text += std::format("Content-Type: application/json\r\nContent-Length: {}\r\n", request.body.size());
    return text + "\r\n" + request.body;
}

bool is_kept_alive(const http::Response& answer) {
    const auto word = answer.headers.find("Connection");
    return !word || !http::is_equal_ignoring_case(*word, "close");
}

} // namespace

Result<GuestParts> GuestParts::make(LoadPlan plan) {
    RDT_TRY(auto tls, http::TlsContext::make({.verification = http::TlsVerification::full,
                                              .authorities = http::TlsAuthorities::given,
                                              .ca_certificates = plan.authority,
                                              .identity = {}}));
    RDT_TRY(auto chip, Chip::make(plan.chip_key, plan.report, plan.certificates));
    RDT_TRY(auto key, crypto::PrivateKey::generate(crypto::Curve::p256));
    RDT_TRY(const auto public_key, key.public_key());
    RDT_TRY(auto members, rcar::tee_key_json(public_key));
    return GuestParts{std::move(plan), std::move(tls), std::move(chip), std::move(key), std::move(members)};
}

Task<> Guest::connect() {
    RDT_CO_TRY(connection_,
               co_await http::Connection::open(parts_->plan.broker, std::nullopt, {}, &parts_->tls));
    co_return Status{};
}

Task<std::string> Guest::shake_hands() {
    http::Request request{
        .method = "POST", .url = "/kbs/v0/auth", .headers = {}, .body = rcar::auth_body("snp")};
    RDT_CO_TRY(const auto challenged, co_await exchange(std::move(request)));
    RDT_CO_TRY(const auto challenge, rcar::read_challenge(challenged));
    RDT_CO_TRY(const auto bound, rcar::binding(challenge.nonce, parts_->members));
    RDT_CO_TRY(const auto evidence, parts_->chip.evidence_over(bound));
    auto body = rcar::attest_body(challenge.nonce, parts_->members, evidence, parts_->plan.init_data);
    http::Request attestation{.method = "POST",
                              .url = "/kbs/v0/attest",
                              .headers = {{"Cookie", challenge.cookie}},
                              .body = std::move(body)};
    RDT_CO_TRY(const auto attested, co_await exchange(std::move(attestation)));
    co_return rcar::read_token(attested);
}

Task<std::string> Guest::read(std::string token) {
    http::Request request{.method = "GET",
                          .url = "/kbs/v0/resource/" + parts_->plan.resource,
                          .headers = {{"Authorization", "Bearer " + token}},
                          .body = {}};
    RDT_CO_TRY(auto answer, co_await exchange(std::move(request)));
    co_return std::move(answer.body);
}

/// A success, or what the broker says instead; a connection that failed is not used again.
Task<http::Response> Guest::exchange(http::Request request) {
    if (!connection_) RDT_CO_CHECK(co_await connect());
    auto answer = co_await send_and_read(std::move(request));
    if (!answer || !is_kept_alive(*answer)) connection_.reset();
    if (answer && !answer->is_success()) co_return std::unexpected(rcar::refusal_of(*answer));
    co_return answer;
}

Task<http::Response> Guest::send_and_read(http::Request request) {
    RDT_CO_CHECK(co_await connection_->write(render_request(request, parts_->plan.broker)));
    http::ResponseReader reader({}, {}, http::ResponseReader::Body::expected);
    std::array<char, k_piece> buffer{};
    while (!reader.is_done()) {
        RDT_CO_TRY(const auto size, co_await connection_->read_some(buffer));
        RDT_CO_CHECK(size == 0 ? reader.feed_end() : reader.feed({buffer.data(), size}));
    }
    co_return reader.take();
}

} // namespace redoubt::performance
