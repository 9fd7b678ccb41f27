// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/key_broker/session.hpp"

#include <algorithm>

#include "common/crypto/aead.hpp"
#include "common/encoding/base64.hpp"
#include "common/encoding/hex.hpp"

namespace redoubt::services::key_broker {
namespace {

// Cookie: 8 bytes of end, 16 random, 16 of MAC, then the TEE's name.
constexpr std::size_t k_random_size = 16;
constexpr std::size_t k_mac_size = 16;
constexpr std::size_t k_head_size = 8 + k_random_size;
constexpr std::size_t k_max_tee = 20;

std::string big_endian_64(std::uint64_t number) {
    std::string bytes;
    for (unsigned shift = 64; shift != 0; shift -= 8)
        bytes += static_cast<char>((number >> (shift - 8)) & 0xFFU);
    return bytes;
}

std::uint64_t number_of(std::string_view bytes) {
    std::uint64_t number = 0;
    for (const char byte : bytes) number = (number << 8U) | static_cast<unsigned char>(byte);
    return number;
}

} // namespace

Result<Sessions> Sessions::make(std::chrono::seconds lifetime) {
    RDT_TRY(auto key, crypto::random_secret(32));
    return Sessions(std::move(key), lifetime);
}

Result<std::string> Sessions::mac_of(std::string_view use, const std::string& tenant,
                                     std::string_view content) const {
    return crypto::hmac_sha256(key_.view(),
                               std::format("{}|{}|{}|", use, tenant.size(), tenant) + std::string(content));
}

Result<Session> Sessions::begin(const std::string& tenant, const std::string& tee, Time now) const {
    const Time ends = now + lifetime_;
    RDT_TRY(const auto random, crypto::random_bytes(k_random_size));
    const auto head = big_endian_64(static_cast<std::uint64_t>(ends.time_since_epoch().count())) + random;
    RDT_TRY(const auto mac, mac_of("cookie", tenant, head + tee));
    const auto cookie = encoding::to_hex(head + mac.substr(0, k_mac_size) + tee);
    return resume(tenant, cookie, now);
}

Result<Session> Sessions::resume(const std::string& tenant, std::string_view cookie, Time now) const {
    const auto unknown = [] { return fail(Code::unauthenticated, "the session is not known or has ended"); };
    constexpr std::size_t k_least = k_head_size + k_mac_size;
    if (cookie.size() < 2 * k_least || cookie.size() > 2 * (k_least + k_max_tee)) return unknown();
    const auto bytes = encoding::from_hex(cookie);
    // One spelling for each session: upper case would be another one.
    if (!bytes || encoding::to_hex(*bytes) != cookie) return unknown();
    const std::string_view head = std::string_view(*bytes).substr(0, k_head_size);
    const auto tee = bytes->substr(k_least);
    RDT_TRY(const auto mac, mac_of("cookie", tenant, std::string(head) + tee));
    if (!crypto::equal_in_constant_time(std::string_view(mac).substr(0, k_mac_size),
                                        std::string_view(*bytes).substr(k_head_size, k_mac_size)))
        return unknown();
    const Time ends{std::chrono::seconds(number_of(head.substr(0, 8)))};
    if (ends <= now || ends <= ended_early_) return unknown();
    RDT_TRY(const auto nonce, mac_of("nonce", tenant, *bytes));
    return Session{std::string(cookie), tee, encoding::to_base64(nonce), ends};
}

Sessions::Key Sessions::key_of(const Session& session) {
    Key key{session.ends, {}};
    const auto bytes = encoding::from_hex(session.id).value_or("");
    if (bytes.size() >= k_head_size)
        std::ranges::copy(std::string_view(bytes).substr(8, k_random_size), key.second.begin());
    return key;
}

void Sessions::forget_ended(Time now) {
    if (completed_.size() >= k_most_completed)
        ended_early_ = std::max(ended_early_, completed_.begin()->first);
    const auto is_over = [&](const Key& key) { return key.first <= now || key.first <= ended_early_; };
    while (!completed_.empty() && is_over(*completed_.begin())) completed_.erase(completed_.begin());
    while (!tokens_.empty() && is_over(tokens_.begin()->first)) drop_token(tokens_.begin());
}

void Sessions::drop_token(std::map<Key, std::string>::iterator place) {
    token_bytes_ -= place->second.size();
    tokens_.erase(place);
}

void Sessions::keep_token(const Key& key, std::string token) {
    token_bytes_ += token.size();
    tokens_.emplace(key, std::move(token));
    while (token_bytes_ > k_most_token_bytes) drop_token(tokens_.begin());
}

bool Sessions::complete(const Session& session, std::string token, Time now) {
    const auto key = key_of(session);
    if (session.ends <= ended_early_ || completed_.contains(key)) return false;
    forget_ended(now);
    completed_.insert(key);
    keep_token(key, std::move(token));
    return true;
}

bool Sessions::has_attested(const Session& session) const {
    return completed_.contains(key_of(session));
}

std::optional<std::string> Sessions::token_of(const Session& session) const {
    const auto found = tokens_.find(key_of(session));
    if (found == tokens_.end()) return std::nullopt;
    return found->second;
}

} // namespace redoubt::services::key_broker
