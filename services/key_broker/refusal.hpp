// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <expected>
#include <format>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/error.hpp"

namespace redoubt::services::key_broker {

/// Why a request gets nothing, as the protocol says it: its clients know the variants, and only the statuses
/// 401 and 404. Source: key broker protocol 0.4.0, errors.
struct Refusal {
    std::string_view variant; ///< "PolicyDeny"
    unsigned status = 401;
    std::string detail;
    std::optional<Code> cause = std::nullopt; ///< of the error behind it, for faces with finer statuses
    std::string approval = {};                ///< of a change that waits: its id
};

/// How the audit log says it: "PolicyDeny: no rule allows it".
[[nodiscard]] inline std::string reason_of(const Refusal& refusal) {
    return std::format("{}: {}", refusal.variant, refusal.detail);
}

template <class T>
using Answer = std::expected<T, Refusal>;

[[nodiscard]] inline std::unexpected<Refusal> refuse(std::string_view variant, unsigned status,
                                                     std::string detail) {
    return std::unexpected(Refusal{variant, status, std::move(detail)});
}

/// An error of ours under a variant. What failed inside is the log's to know, not the caller's.
[[nodiscard]] inline std::unexpected<Refusal> refuse(std::string_view variant, const Error& error) {
    const bool is_ours = error.code == Code::internal || error.code == Code::data_loss;
    return std::unexpected(
        Refusal{variant, is_ours ? 500U : 401U, is_ours ? "internal error" : error.message, error.code});
}

} // namespace redoubt::services::key_broker
