// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What `redoubtctl attest node` says. Pure. docs/formats/evidence.md, redoubt-node-verdict/1.

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "common/tee/evidence/explanation.hpp"

namespace redoubt::ctl {

/// One link of the chain.
struct VerdictLink {
    std::string_view name; ///< container, guest, host, box
    tee::Explanation explanation;
};

struct NodeVerdict {
    std::vector<VerdictLink> links; ///< what is claimed first: this container, in this guest, on this host
    std::string verified_at;
    std::string nonce;        ///< raw
    std::string guest_digest; ///< raw; empty: of no guest
    std::string evidence;     ///< the node's, as it came
};

/// Every link, and there is one.
[[nodiscard]] bool is_accepted(const NodeVerdict& verdict);
[[nodiscard]] boost::json::object verdict_json(const NodeVerdict& verdict);
/// For people: each claim with what was expected, what came, and where the expectation is from.
[[nodiscard]] std::string render_verdict(const NodeVerdict& verdict);

} // namespace redoubt::ctl
