// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The chain of an audit log's records, for those who check one: the broker itself, and who reads it from
/// afar. A record is a line of canonical JSON that names the hash of the line before it. Pure. Source:
/// docs/formats/kbs.md, "audit log".

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/error.hpp"

namespace redoubt::audit {

/// What the first record names as the hash of the one before it.
inline constexpr std::string_view k_first_hash =
    "0000000000000000000000000000000000000000000000000000000000000000";

/// Hex of SHA-256 of a zero byte and the line. Errors: internal.
[[nodiscard]] Result<std::string> hash_record(std::string_view line);

/// Checks lines one after the other, from the first one on, or from one whose place is known.
class ChainVerifier {
  public:
    ChainVerifier() = default;
    /// `count` records came before, the last of which has the hash `head`.
    ChainVerifier(std::int64_t count, std::string head) : sequence_(count), head_(std::move(head)) {}

    /// Errors: data_loss a line that is no record, is out of sequence or does not continue the chain.
    Status next(std::string_view line);

    [[nodiscard]] std::int64_t count() const { return sequence_; }
    /// Of the last line.
    [[nodiscard]] const std::string& head() const { return head_; }

  private:
    std::int64_t sequence_ = 0;
    std::string head_ = std::string(k_first_hash);
};

} // namespace redoubt::audit
