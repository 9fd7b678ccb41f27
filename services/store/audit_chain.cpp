// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/store/audit_chain.hpp"

#include "common/encoding/canonical_json.hpp"

namespace redoubt::services::store {

namespace bj = boost::json;

AuditEntry system_entry(std::string operation, std::string object, bj::object facts) {
    return {.tenant = {},
            .actor = "system",
            .peer = {},
            .operation = std::move(operation),
            .object = std::move(object),
            .decision = "allowed",
            .reason = {},
            .facts = std::move(facts)};
}

Result<std::string> render_record(const AuditEntry& entry, std::int64_t sequence, std::string_view time,
                                  std::string_view previous_hash) {
    bj::object record{{"v", 1},
                      {"seq", sequence},
                      {"t", time},
                      {"tenant", entry.tenant},
                      {"actor", entry.actor},
                      {"peer", entry.peer},
                      {"op", entry.operation},
                      {"object", entry.object},
                      {"decision", entry.decision},
                      {"facts", entry.facts},
                      {"prev", previous_hash}};
    if (!entry.reason.empty()) record["reason"] = entry.reason;
    return json::canonical(record);
}

} // namespace redoubt::services::store
