// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What `redoubtctl trust` prints, from what a broker answered. Pure. docs/formats/cli-json.md.

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"
#include "common/encoding/json.hpp"
#include "node-daemon/ctl/trust_client.hpp"

namespace redoubt::ctl {

/// One answer in both forms.
struct TrustView {
    boost::json::object json; ///< with "version"
    std::vector<std::vector<std::string>> rows;
};
[[nodiscard]] std::string render(const TrustView& view, bool json);

/// A policy as the broker shows it, with its text decoded.
struct PolicyShown {
    std::string kind; ///< "resource"
    std::string id;
    std::int64_t version = 0; ///< 0: built in
    std::string created;
    std::string author;
    std::string digest;
    std::string text;
};
[[nodiscard]] Result<PolicyShown> read_policy_shown(std::string_view kind, const json::Node& node);

// Errors of all: invalid_argument naming the member that is not what it should be.
[[nodiscard]] Result<TrustView> view_resources(const json::Node& list);
[[nodiscard]] Result<TrustView> view_resource_versions(const std::string& name, const json::Node& list);
[[nodiscard]] TrustView view_policies(const std::vector<PolicyShown>& policies);
[[nodiscard]] boost::json::object policy_value(const PolicyShown& policy);
[[nodiscard]] Result<TrustView> view_reference_values(const json::Node& list);
[[nodiscard]] Result<TrustView> view_reference_value_versions(const std::string& name,
                                                              const json::Node& list);
[[nodiscard]] Result<TrustView> view_tenants(const json::Node& list);
[[nodiscard]] Result<TrustView> view_approvals(const json::Node& list);
[[nodiscard]] Result<TrustView> view_collateral(const json::Node& list);
/// "7 2026-01-31T08:00:00Z acme certificate:alice resource.put resource/a/b/c allowed".
[[nodiscard]] Result<std::string> render_audit_line(std::string_view line);

/// {"version": 1, "changes": [{"object", "state", "approval"}]}, or a line each.
[[nodiscard]] std::string render_changes(const std::vector<TrustChange>& changes, bool json);

} // namespace redoubt::ctl
