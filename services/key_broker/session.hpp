// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/crypto/secret.hpp"
#include "common/tee/evidence/certificate.hpp"
#include "services/key_broker/refusal.hpp"

namespace redoubt::services::key_broker {

using tee::Time;

/// A session as its cookie says it, believed since the cookie is ours.
struct Session {
    std::string id; ///< the cookie
    std::string tee;
    std::string nonce; ///< as the guest was given it
    Time ends;
};

/// Challenges that need no memory: cookie and nonce come from one key, so ten thousand half-open sessions
/// cost nothing. What is remembered is which sessions have attested, until they end; each can do so once.
/// Where more have attested than are remembered, those that began first end early, attested or not: none is
/// forgotten that could come again. Tokens are kept for the newest alone; a guest has its own.
/// Sessions end with the process. Thread: one strand.
class Sessions {
  public:
    static constexpr std::size_t k_most_completed = 100'000;
    static constexpr std::size_t k_most_token_bytes = 8U << 20U;

    static Result<Sessions> make(std::chrono::seconds lifetime);

    /// Errors: internal.
    [[nodiscard]] Result<Session> begin(const std::string& tenant, const std::string& tee, Time now) const;
    /// Errors: unauthenticated not a cookie of ours, of another tenant, or ended.
    [[nodiscard]] Result<Session> resume(const std::string& tenant, std::string_view cookie, Time now) const;

    /// Remembers that a session has attested. False: it had before.
    bool complete(const Session& session, std::string token, Time now);
    [[nodiscard]] bool has_attested(const Session& session) const;
    /// The token of a session that has attested, while it is kept.
    [[nodiscard]] std::optional<std::string> token_of(const Session& session) const;
    [[nodiscard]] std::size_t completed() const { return completed_.size(); }
    [[nodiscard]] std::size_t token_bytes() const { return token_bytes_; }

    [[nodiscard]] std::chrono::seconds lifetime() const { return lifetime_; }

  private:
    /// Its end and its random bytes: in the order of ends, and small, since there may be many.
    using Key = std::pair<Time, std::array<char, 16>>;

    static Key key_of(const Session& session);
    Sessions(crypto::Secret key, std::chrono::seconds lifetime) : key_(std::move(key)), lifetime_(lifetime) {}
    [[nodiscard]] Result<std::string> mac_of(std::string_view use, const std::string& tenant,
                                             std::string_view content) const;
    void forget_ended(Time now);
    void keep_token(const Key& key, std::string token);
    void drop_token(std::map<Key, std::string>::iterator place);

    crypto::Secret key_;
    std::chrono::seconds lifetime_;
    std::set<Key> completed_;
    Time ended_early_ = Time::min(); ///< sessions up to this end are over
    std::map<Key, std::string> tokens_;
    std::size_t token_bytes_ = 0;
};

} // namespace redoubt::services::key_broker
