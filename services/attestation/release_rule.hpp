// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What has to hold before any tenant's policy is asked: DESIGN 4.15. The same genuine guest with somebody
/// else's init data gets nothing.

#include <boost/json/object.hpp>

#include <string>
#include <vector>

#include "common/encoding/json.hpp"
#include "services/attestation/verifier/verifier.hpp"
#include "services/reference_values/reference_values.hpp"

namespace redoubt::services::attestation {

using reference_values::ReferenceValues;

/// What of the verified claims the rule looks at; carried in the token, so that a release is judged by the
/// reference values of its own time.
struct ReleaseFacts {
    std::string tee;
    std::string anchor_class;
    bool is_debug = true;
    std::uint64_t vmpl = 0;
    std::map<std::string, std::string> launch;
    std::map<std::string, std::string> registers;
    std::string init_data;
    std::string evidence_digest;
    std::string chip_id = {}; ///< hex; empty: the evidence names no chip
};

[[nodiscard]] ReleaseFacts release_facts(const Claims& claims, std::string evidence_digest);
[[nodiscard]] boost::json::object render_facts(const ReleaseFacts& facts);
[[nodiscard]] Result<ReleaseFacts> parse_facts(const json::Node& node);

/// Which anchors a tenant believes.
struct AnchorRule {
    bool allows_simulation = false;
};

/// Why nothing may be released to this guest, or this host (host_rule.hpp), in words; empty when the rule is
/// satisfied. Where the tenant
/// has nodes enrolled with their chips (tee::host::k_enrolled_nodes), a guest has to run on one of these
/// chips.
[[nodiscard]] std::vector<std::string>
release_faults(const ReleaseFacts& facts, const ReferenceValues& values, AnchorRule anchors, Time now);

} // namespace redoubt::services::attestation
