// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The audit log: one line of canonical JSON a record, each naming the hash of the one before it. Pure;
/// docs/formats/kbs.md, "audit log".

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::services::store {

/// What is noted of one event. Never a secret, not even hashed.
struct AuditEntry {
    std::string tenant;
    std::string actor;         ///< "guest", "admin:alice", "system"
    std::string peer;          ///< address
    std::string operation;     ///< "release", "attest", "resource.put"
    std::string object;        ///< "resource/repo/type/tag"
    std::string decision;      ///< "allowed", "refused"
    std::string reason;        ///< of a refusal; empty otherwise
    boost::json::object facts; ///< digests of evidence, token and policy; versions
};

inline constexpr std::string_view k_first_hash =
    "0000000000000000000000000000000000000000000000000000000000000000";

/// A record as its line, without line break. Errors: internal.
[[nodiscard]] Result<std::string> render_record(const AuditEntry& entry, std::int64_t sequence,
                                                std::string_view time, std::string_view previous_hash);
/// Hex of SHA-256 of a zero byte and the line. Errors: internal.
[[nodiscard]] Result<std::string> hash_record(std::string_view line);

/// Checks lines one after the other.
class AuditVerifier {
  public:
    /// Errors: data_loss a line that is no record, is out of sequence or does not continue the chain.
    Status next(std::string_view line);

    [[nodiscard]] std::int64_t count() const { return sequence_; }
    /// Of the last line.
    [[nodiscard]] const std::string& head() const { return head_; }

  private:
    std::int64_t sequence_ = 0;
    std::string head_ = std::string(k_first_hash);
};

} // namespace redoubt::services::store
