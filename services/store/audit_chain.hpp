// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What becomes a record of the audit log. Pure; common/audit has the chain, and who checks it.

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include "common/audit/chain.hpp"
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

/// Of what the service did by itself, or was told to by its own commands.
[[nodiscard]] AuditEntry system_entry(std::string operation, std::string object,
                                      boost::json::object facts = {});

using audit::hash_record;
using audit::k_first_hash;
using AuditVerifier = audit::ChainVerifier;

/// A record as its line, without line break. Errors: internal.
[[nodiscard]] Result<std::string> render_record(const AuditEntry& entry, std::int64_t sequence,
                                                std::string_view time, std::string_view previous_hash);

} // namespace redoubt::services::store
