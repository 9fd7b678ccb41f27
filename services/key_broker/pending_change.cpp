// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/key_broker/pending_change.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

#include "common/encoding/base64.hpp"
#include "common/encoding/json.hpp"

namespace redoubt::services::key_broker {
namespace {

namespace bj = boost::json;

constexpr std::array<std::string_view, 7> k_operations{
    "resource.remove",     "resource-policy.set",    "attestation-policy.set",
    "reference-value.add", "reference-value.remove", "tpm.enrol",
    "tenant.put"};

Result<PendingChange::Part> parse_part(const json::Node& node) {
    PendingChange::Part part;
    RDT_TRY(part.object.tenant, node["tenant"].string());
    RDT_TRY(part.object.kind, node["kind"].string());
    RDT_TRY(part.object.name, node["name"].string());
    if (!node["value"].is_present()) return part;
    RDT_TRY(const auto encoded, node["value"].string());
    RDT_TRY(part.value, encoding::from_base64(encoded));
    return part;
}

} // namespace

bool needs_approval(std::string_view operation) {
    return std::ranges::contains(k_operations, operation);
}

std::string render_pending(const PendingChange& change) {
    bj::array parts;
    for (const auto& part : change.parts)
        parts.push_back({{"tenant", part.object.tenant},
                         {"kind", part.object.kind},
                         {"name", part.object.name},
                         {"value", part.value ? bj::value(encoding::to_base64(*part.value)) : bj::value()}});
    return bj::serialize(bj::object{{"tenant", change.tenant},
                                    {"operation", change.operation},
                                    {"object", change.object},
                                    {"by", change.by},
                                    {"ends", tee::render_time(change.ends)},
                                    {"parts", std::move(parts)},
                                    {"facts", change.facts}});
}

Result<PendingChange> parse_pending(std::string_view text) {
    RDT_TRY(const auto document, json::parse("approval", text));
    const auto root = document.root();
    PendingChange change;
    RDT_TRY(change.tenant, root["tenant"].string());
    RDT_TRY(change.operation, root["operation"].string());
    RDT_TRY(change.object, root["object"].string());
    RDT_TRY(change.by, root["by"].string());
    RDT_TRY(const auto ends, root["ends"].string());
    RDT_TRY(change.ends, tee::parse_time(ends));
    RDT_TRY(const auto parts, root["parts"].array());
    for (const auto& node : parts) {
        RDT_TRY(auto part, parse_part(node));
        change.parts.push_back(std::move(part));
    }
    RDT_CHECK(root["facts"].expect_object());
    change.facts = root["facts"].value()->get_object();
    return change;
}

} // namespace redoubt::services::key_broker
