// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/audit/record.hpp"

#include "common/encoding/canonical_json.hpp"

namespace redoubt::audit {

namespace bj = boost::json;

Result<std::string> render_record(const Entry& entry, std::int64_t sequence, std::string_view time,
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

} // namespace redoubt::audit
