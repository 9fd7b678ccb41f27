// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rcar/rcar_messages.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <format>

#include "common/crypto/digest.hpp"
#include "common/encoding/canonical_json.hpp"
#include "common/encoding/json.hpp"
#include "common/jose/jwe.hpp"
#include "common/jose/jwk.hpp"

namespace redoubt::rcar {
namespace {

namespace bj = boost::json;

constexpr std::string_view k_version = "0.4.0";
constexpr std::string_view k_cookie = "kbs-session-id=";
constexpr std::size_t k_max_nonce = 1024;
constexpr std::size_t k_max_cookie = 4096;
constexpr std::size_t k_max_token = 128U << 10U;
constexpr std::size_t k_max_words = 400;

/// Text of the broker's that goes into a message or a header: printable ASCII alone.
bool is_printable(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 127; });
}

std::string cleaned(std::string text) {
    text.resize(std::min(text.size(), k_max_words));
    for (auto& c : text)
        if (c < ' ' || c == 127) c = '?';
    return text;
}

std::unexpected<Error> no_answer(const Error& error) {
    return fail(Code::data_loss, "the broker's answer: {}", error.message);
}

Result<std::string> member(const http::Response& answer, const char* name, std::size_t limit) {
    const auto document = json::parse("body", answer.body);
    if (!document) return no_answer(document.error());
    auto text = document->root()[name].string();
    if (!text) return no_answer(text.error());
    if (text->empty() || text->size() > limit || !is_printable(*text))
        return fail(Code::data_loss, "the broker's answer: body.{}: empty, too long or of other characters",
                    name);
    return text;
}

Code code_of(unsigned status) {
    switch (status) {
    case 401:
    case 403: return Code::permission_denied;
    case 404: return Code::not_found;
    case 400:
    case 413:
    case 431: return Code::failed_precondition;
    default: return Code::unavailable;
    }
}

} // namespace

std::string auth_body(std::string_view tee) {
    return bj::serialize(bj::object{
        {"version", k_version},
        {"tee", tee},
        {"extra-params", {{"supported-hash-algorithms", bj::array{"sha256", "sha384", "sha512"}}}}});
}

Result<Challenge> read_challenge(const http::Response& answer) {
    Challenge challenge;
    RDT_TRY(challenge.nonce, member(answer, "nonce", k_max_nonce));
    for (const auto& field : answer.headers.find_all("Set-Cookie")) {
        const auto cookie = std::string_view(field).substr(0, field.find(';'));
        if (cookie.starts_with(k_cookie) && cookie.size() <= k_max_cookie && is_printable(cookie))
            challenge.cookie = cookie;
    }
    if (challenge.cookie.empty()) return fail(Code::data_loss, "the broker's answer: no cookie of a session");
    return challenge;
}

Result<bj::object> tee_key_json(const crypto::PublicKey& key) {
    RDT_TRY(auto members, jose::jwk_json(key));
    members["alg"] = jose::k_ecdh_es_a256kw;
    return members;
}

Result<std::string> binding(const std::string& nonce, const bj::object& tee_key) {
    RDT_TRY(const auto text, json::canonical(bj::object{
                                 {"additional-evidence", ""}, {"nonce", nonce}, {"tee-pubkey", tee_key}}));
    return crypto::raw_digest(text, crypto::HashAlgorithm::sha384);
}

std::string attest_body(const std::string& nonce, const bj::object& tee_key, const bj::object& evidence,
                        std::string_view init_data) {
    bj::object body{{"runtime-data", {{"nonce", nonce}, {"tee-pubkey", tee_key}}},
                    {"tee-evidence", {{"primary_evidence", evidence}, {"additional_evidence", ""}}}};
    if (!init_data.empty()) body["init-data"] = {{"format", "toml"}, {"body", init_data}};
    return bj::serialize(body);
}

Result<std::string> read_token(const http::Response& answer) {
    return member(answer, "token", k_max_token);
}

Error refusal_of(const http::Response& answer) {
    std::string words = "no reason given";
    if (const auto document = json::parse("body", answer.body)) {
        const auto type = document->root()["type"].string_or().value_or("");
        const auto detail = document->root()["detail"].string_or().value_or("");
        const auto kind = type.substr(type.rfind('/') + 1);
        if (!kind.empty() || !detail.empty()) words = cleaned(std::format("{}: {}", kind, detail));
    }
    return {code_of(answer.status), std::format("the broker answers {}: {}", answer.status, words)};
}

} // namespace redoubt::rcar
