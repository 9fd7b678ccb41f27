// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/api/admin_routes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "common/base/file.hpp"
#include "common/encoding/yaml.hpp"

namespace redoubt::services::api {
namespace {

using Segments = std::vector<std::string>;

/// What is no administrator's: served by class Router itself.
const std::set<std::string> k_others{"GET /.well-known/jwks.json",
                                     "GET /healthz",
                                     "GET /metrics",
                                     "POST /attestation",
                                     "POST /kbs/v0/auth",
                                     "POST /kbs/v0/attest",
                                     "GET /kbs/v0/resource/{repository}/{type}/{tag}",
                                     "GET /kbs/v0/{plugin}/{path}",
                                     "POST /kbs/v0/{plugin}/{path}",
                                     "PUT /kbs/v0/{plugin}/{path}",
                                     "DELETE /kbs/v0/{plugin}/{path}"};

const yaml::Node& member(const yaml::Node& node, std::string_view key) {
    const auto found = std::ranges::find(node.members, key, &yaml::Member::key);
    if (found == node.members.end()) throw std::runtime_error("no " + std::string(key));
    return found->value;
}

/// "METHOD /path" of everything in the OpenAPI file.
std::set<std::string> documented() {
    const char* source = std::getenv("REDOUBT_SOURCE");
    if (source == nullptr) throw std::runtime_error("run through ctest, or set REDOUBT_SOURCE to the tree");
    const auto text = read_file(std::string(source) + "/common/contracts/openapi/key-broker.yaml").value();
    const auto documents = yaml::parse("key-broker.yaml", text);
    if (!documents) throw std::runtime_error(documents.error().message);
    std::set<std::string> found;
    for (const auto& path : member(documents->front(), "paths").members)
        for (const auto& operation : path.value.members) {
            auto method = operation.key;
            std::ranges::transform(method, method.begin(), [](char c) {
                return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
            });
            if (method != "PARAMETERS" && method != "DESCRIPTION") found.insert(method + " " + path.key);
        }
    return found;
}

TEST(AdminRoutes, AreTheOnesOfTheOpenApiFileAndNoOthers) {
    std::set<std::string> served = k_others;
    for (const auto& route : admin_routes()) {
        const auto line = std::string(route.method) + " " + std::string(route.path);
        EXPECT_TRUE(served.insert(line).second) << line << " is there twice";
    }
    EXPECT_EQ(served, documented());
}

TEST(AdminRoutes, AreFoundByMethodNameAndWhetherThereIsMore) {
    const auto asked = [](std::string_view method, const Segments& segments) {
        return std::ranges::count_if(
            admin_routes(), [&](const AdminRoute& route) { return route.is_asked_by(method, segments); });
    };
    EXPECT_EQ(asked("POST", {"resource", "a", "b", "c"}), 1);
    EXPECT_EQ(asked("GET", {"reference-value", "a", "b"}), 1);
    EXPECT_EQ(asked("GET", {"tenants"}), 1);
    EXPECT_EQ(asked("GET", {"tenants", "x"}), 0);
    EXPECT_EQ(asked("GET", {"reference-value"}), 0);
    EXPECT_EQ(asked("get", {"tenants"}), 0);
    EXPECT_EQ(asked("GET", {"tenant"}), 0);
    EXPECT_EQ(asked("POST", {""}), 0);
    EXPECT_EQ(asked("POST", {}), 0);
}

} // namespace
} // namespace redoubt::services::api
