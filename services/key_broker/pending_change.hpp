// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/tee/evidence/certificate.hpp"
#include "services/store/trust_store.hpp"

namespace redoubt::services::key_broker {

/// How long a change waits for a second pair of eyes.
inline constexpr std::chrono::hours k_approval_lifetime{24};

/// A change that one administrator asked for and another has to approve. Kept sealed in the store.
struct PendingChange {
    struct Part {
        store::ObjectName object;
        std::optional<std::string> value; ///< none: removed
    };
    std::string tenant;
    std::string operation; ///< "resource-policy.set"
    std::string object;    ///< as the audit log names it
    std::string by;
    tee::Time ends;
    std::vector<Part> parts;
    boost::json::object facts;
};

/// Whether this kind of change needs two administrators where the tenant wants it: what destroys, and what
/// decides who gets something.
[[nodiscard]] bool needs_approval(std::string_view operation);

/// As the store keeps it, and back. Errors: data_loss.
[[nodiscard]] std::string render_pending(const PendingChange& change);
[[nodiscard]] Result<PendingChange> parse_pending(std::string_view text);

} // namespace redoubt::services::key_broker
