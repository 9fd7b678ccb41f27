// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/key_broker/session.hpp"

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
constexpr std::size_t k_max_completed = 100'000;

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
    if (ends <= now) return unknown();
    RDT_TRY(const auto nonce, mac_of("nonce", tenant, *bytes));
    return Session{std::string(cookie), tee, encoding::to_base64(nonce), ends};
}

void Sessions::forget_ended(Time now) {
    while (!order_.empty()) {
        const auto oldest = completed_.find(order_.front());
        if (completed_.size() < k_max_completed && oldest->second.ends > now) return;
        completed_.erase(oldest);
        order_.pop_front();
    }
}

bool Sessions::complete(const Session& session, std::string token, Time now) {
    forget_ended(now);
    const auto [place, is_new] =
        completed_.try_emplace(session.id, Completed{session.ends, std::move(token)});
    if (is_new) order_.push_back(session.id);
    return is_new;
}

std::optional<std::string> Sessions::token_of(const Session& session) const {
    const auto found = completed_.find(session.id);
    if (found == completed_.end()) return std::nullopt;
    return found->second.token;
}

} // namespace redoubt::services::key_broker
