// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/key_broker/evaluation_request.hpp"

#include "common/encoding/canonical_json.hpp"

namespace redoubt::services::key_broker {
namespace {

constexpr json::Limits k_limits{.max_bytes = 2U << 20U, .max_depth = 32};

Status read_binding(const json::Node& request, attestation::Evidence& evidence) {
    const auto data = request["runtime_data"];
    if (data["raw"].is_present() == data["structured"].is_present())
        return data.wrong("not one of raw and structured");
    if (data["raw"].is_present()) {
        RDT_TRY(evidence.report_data, attestation::base64url_member(data["raw"]));
        if (evidence.report_data.empty() || evidence.report_data.size() > 64)
            return data["raw"].wrong("not 1 to 64 bytes");
        return {};
    }
    RDT_CHECK(data["structured"].expect_object());
    RDT_TRY(const auto name, request["runtime_data_hash_algorithm"].string_or("sha384"));
    const auto hash = attestation::hash_of_name(name);
    if (!hash) return request["runtime_data_hash_algorithm"].wrong("not sha256, sha384 or sha512");
    RDT_TRY(const auto text, json::canonical(*data["structured"].value()));
    RDT_TRY(evidence.report_data, attestation::raw_digest(text, *hash));
    evidence.runtime_claims = data["structured"].value()->get_object();
    return {};
}

Status read_init_data(const json::Node& data, attestation::Evidence& evidence) {
    if (!data.is_present()) return {};
    if (data["init_data_toml"].is_present()) {
        RDT_TRY(evidence.init_data, data["init_data_toml"].string());
        return {};
    }
    RDT_TRY(evidence.init_data_digest, attestation::base64url_member(data["init_data_digest"]));
    if (evidence.init_data_digest.empty() || evidence.init_data_digest.size() > 64)
        return data["init_data_digest"].wrong("not 1 to 64 bytes");
    return {};
}

} // namespace

Result<EvaluationRequest> read_evaluation(std::string_view body) {
    RDT_TRY(const auto document, json::parse("request", body, k_limits));
    RDT_TRY(const auto requests, document.root()["verification_requests"].array());
    if (requests.size() != 1)
        return fail(Code::unimplemented, "request.verification_requests: only one at a time is implemented");
    RDT_TRY(const auto policies, document.root()["policy_ids"].strings_or_empty());
    for (const auto& policy : policies)
        if (policy != "default")
            return fail(Code::unimplemented, "request.policy_ids: only 'default' is implemented");
    const auto& request = requests.front();
    EvaluationRequest read;
    RDT_TRY(const auto tee, request["tee"].string());
    read.evidence.tee = attestation::canonical_tee(tee);
    RDT_TRY(const auto text, attestation::base64url_member(request["evidence"]));
    RDT_TRY(auto evidence, json::parse("evidence", text, k_limits));
    read.document = std::make_unique<json::Document>(std::move(evidence));
    read.evidence.primary = read.document->root();
    RDT_CHECK(read.evidence.primary.expect_object());
    RDT_CHECK(read_binding(request, read.evidence));
    RDT_CHECK(read_init_data(request["init_data"], read.evidence));
    return read;
}

} // namespace redoubt::services::key_broker
