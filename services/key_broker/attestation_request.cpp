// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/key_broker/attestation_request.hpp"

#include <utility>

namespace redoubt::services::key_broker {
namespace {

constexpr json::Limits k_body_limits{.max_bytes = 2U << 20U, .max_depth = 32};

Result<std::optional<std::string>> read_init_data(const json::Node& node) {
    if (!node.is_present()) return std::optional<std::string>();
    RDT_TRY(const auto format, node["format"].string());
    if (format != "toml") return node["format"].wrong("not toml");
    RDT_TRY(auto body, node["body"].string());
    return std::optional(std::move(body));
}

} // namespace

Result<AttestationMessage> read_attestation(std::string_view body, const std::string& tee) {
    RDT_TRY(auto parsed, json::parse("attestation", body, k_body_limits));
    auto document = std::make_unique<json::Document>(std::move(parsed));
    const auto root = document->root();
    RDT_TRY(auto runtime_data, attestation::parse_runtime_data(root["runtime-data"]));
    RDT_TRY(auto init_data, read_init_data(root["init-data"]));
    RDT_TRY(auto additional, root["tee-evidence"]["additional_evidence"].string_or());
    const auto primary = root["tee-evidence"]["primary_evidence"];
    RDT_CHECK(primary.expect_object());
    attestation::Evidence evidence;
    evidence.tee = tee;
    evidence.primary = primary;
    evidence.additional = std::move(additional);
    evidence.init_data = std::move(init_data);
    RDT_CHECK(attestation::bind_to(runtime_data, evidence));
    return AttestationMessage{std::move(document), std::move(evidence), std::move(runtime_data)};
}

} // namespace redoubt::services::key_broker
