// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
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
/// Sessions end with the process. Thread: one strand.
class Sessions {
  public:
    static Result<Sessions> make(std::chrono::seconds lifetime);

    /// Errors: internal.
    [[nodiscard]] Result<Session> begin(const std::string& tenant, const std::string& tee, Time now) const;
    /// Errors: unauthenticated not a cookie of ours, of another tenant, or ended.
    [[nodiscard]] Result<Session> resume(const std::string& tenant, std::string_view cookie, Time now) const;

    /// Remembers that a session has attested. False: it had before.
    bool complete(const Session& session, std::string token, Time now);
    /// The token of a session that has attested.
    [[nodiscard]] std::optional<std::string> token_of(const Session& session) const;
    [[nodiscard]] std::size_t completed() const { return completed_.size(); }

    [[nodiscard]] std::chrono::seconds lifetime() const { return lifetime_; }

  private:
    struct Completed {
        Time ends;
        std::string token;
    };

    Sessions(crypto::Secret key, std::chrono::seconds lifetime) : key_(std::move(key)), lifetime_(lifetime) {}
    [[nodiscard]] Result<std::string> mac_of(std::string_view use, const std::string& tenant,
                                             std::string_view content) const;
    void forget_ended(Time now);

    crypto::Secret key_;
    std::chrono::seconds lifetime_;
    std::map<std::string, Completed, std::less<>> completed_;
    std::deque<std::string> order_; ///< oldest first
};

} // namespace redoubt::services::key_broker
