// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The table of what administrators may ask for over HTTP: a line is a request and its use case.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/server.hpp"
#include "services/attestation/collateral.hpp"
#include "services/key_broker/admin.hpp"

namespace redoubt::services::api {

/// A request of somebody who is an administrator, with its path taken apart.
struct AdminCall {
    key_broker::Admin& admin;
    const attestation::Collateral& collateral;
    const key_broker::Administrator& who;
    const std::string& tenant;
    const std::vector<std::string>& path; ///< behind the prefix: "resource", "repo", "type", "tag"
    const http::ServerRequest& request;

    /// The path behind its first segment.
    [[nodiscard]] std::vector<std::string> rest() const { return {path.begin() + 1, path.end()}; }
};

struct AdminRoute {
    std::string_view method;
    /// As the OpenAPI file has it. The prefix tells where it is documented, either is taken; what stands in
    /// braces is one segment or, as the names of reference values have slashes, several.
    std::string_view path;
    http::ServerResponse (*answer)(const AdminCall& call);

    [[nodiscard]] bool is_asked_by(std::string_view wanted, const std::vector<std::string>& segments) const;
};

[[nodiscard]] std::span<const AdminRoute> admin_routes();

} // namespace redoubt::services::api
