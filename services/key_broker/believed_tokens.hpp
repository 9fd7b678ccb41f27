// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "services/attestation/token.hpp"

namespace redoubt::services::key_broker {

using BelievedToken = std::shared_ptr<const attestation::VerifiedToken>;

/// Tokens whose signature has been looked at, so that a guest that fetches many values costs one look. What
/// may change while a token lives (reference values, policies, whether simulations are believed) is not here.
/// Bounded. Thread: one.
class BelievedTokens {
  public:
    static constexpr std::size_t k_most = 1024;

    /// Null: not known, or its time is over.
    [[nodiscard]] BelievedToken find(const std::string& tenant, const std::string& digest,
                                     tee::Time now) const {
        const auto found = tokens_.find({tenant, digest});
        return found == tokens_.end() || found->second->ends <= now ? nullptr : found->second;
    }

    BelievedToken keep(attestation::VerifiedToken token, tee::Time now) {
        if (tokens_.size() >= k_most)
            std::erase_if(tokens_, [now](const auto& known) { return known.second->ends <= now; });
        if (tokens_.size() >= k_most) tokens_.clear();
        auto kept = std::make_shared<const attestation::VerifiedToken>(std::move(token));
        tokens_[{kept->tenant, kept->digest}] = kept;
        return kept;
    }

    [[nodiscard]] std::size_t size() const { return tokens_.size(); }

  private:
    std::map<std::pair<std::string, std::string>, BelievedToken> tokens_; ///< by tenant and digest
};

} // namespace redoubt::services::key_broker
