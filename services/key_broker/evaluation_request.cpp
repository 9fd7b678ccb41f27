// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/key_broker/evaluation_request.hpp"

#include "common/encoding/base64.hpp"
#include "common/encoding/canonical_json.hpp"

namespace redoubt::services::key_broker {
namespace {

constexpr json::Limits k_limits{.max_bytes = 2U << 20U, .max_depth = 32};
constexpr std::size_t k_max_bound = 64; ///< the largest field that evidence has for it

Result<std::string> decode(std::string_view text, std::string_view where) {
    return encoding::from_base64(text, encoding::Base64::url).transform_error(context("{}", where));
}

Result<std::string> decode_bound(std::string_view text, std::string_view where) {
    RDT_TRY(auto bytes, decode(text, where));
    if (bytes.empty() || bytes.size() > k_max_bound)
        return fail(Code::invalid_argument, "{}: not 1 to {} bytes", where, k_max_bound);
    return bytes;
}

Status read_binding(const json::Node& request, attestation::Evidence& evidence) {
    const auto data = request["runtime_data"];
    if (data["raw"].is_present() == data["structured"].is_present())
        return data.wrong("not one of raw and structured");
    if (data["raw"].is_present()) {
        RDT_TRY(const auto text, data["raw"].string());
        return bind_to_bytes(text, data["raw"].path(), evidence);
    }
    RDT_TRY(const auto name, request["runtime_data_hash_algorithm"].string_or("sha384"));
    const auto hash = crypto::hash_of_name(name);
    if (!hash) return request["runtime_data_hash_algorithm"].wrong("not sha256, sha384 or sha512");
    return bind_to_object(data["structured"], *hash, evidence);
}

Status read_init_data(const json::Node& data, attestation::Evidence& evidence) {
    if (!data.is_present()) return {};
    if (data["init_data_toml"].is_present()) {
        RDT_TRY(evidence.init_data, data["init_data_toml"].string());
        return {};
    }
    RDT_TRY(const auto text, data["init_data_digest"].string());
    return name_init_data(text, data["init_data_digest"].path(), evidence);
}

} // namespace

Status check_policies(const std::vector<std::string>& ids, std::string_view where) {
    for (const auto& id : ids)
        if (id != "default") return fail(Code::unimplemented, "{}: only 'default' is implemented", where);
    return {};
}

Result<EvaluationRequest> read_evidence(std::string_view tee, std::string_view base64url,
                                        std::string_view where) {
    RDT_TRY(const auto text, decode(base64url, where));
    RDT_TRY(auto document, json::parse("evidence", text, k_limits));
    EvaluationRequest read;
    read.document = std::make_unique<json::Document>(std::move(document));
    read.evidence.tee = attestation::canonical_tee(tee);
    read.evidence.primary = read.document->root();
    RDT_CHECK(read.evidence.primary.expect_object());
    return read;
}

Status bind_to_bytes(std::string_view base64url, std::string_view where, attestation::Evidence& evidence) {
    RDT_TRY(evidence.report_data, decode_bound(base64url, where));
    return {};
}

Status bind_to_object(const json::Node& object, crypto::HashAlgorithm hash, attestation::Evidence& evidence) {
    RDT_CHECK(object.expect_object());
    RDT_TRY(const auto text, json::canonical(*object.value()));
    RDT_TRY(evidence.report_data, crypto::raw_digest(text, hash));
    evidence.runtime_claims = object.value()->get_object();
    return {};
}

Status name_init_data(std::string_view base64url, std::string_view where, attestation::Evidence& evidence) {
    RDT_TRY(evidence.init_data_digest, decode_bound(base64url, where));
    return {};
}

Result<EvaluationRequest> read_evaluation(std::string_view body) {
    RDT_TRY(const auto document, json::parse("request", body, k_limits));
    RDT_TRY(const auto requests, document.root()["verification_requests"].array());
    if (requests.size() != 1)
        return fail(Code::unimplemented, "request.verification_requests: only one at a time is implemented");
    RDT_TRY(const auto policies, document.root()["policy_ids"].strings_or_empty());
    RDT_CHECK(check_policies(policies, "request.policy_ids"));
    const auto& request = requests.front();
    RDT_TRY(const auto tee, request["tee"].string());
    RDT_TRY(const auto text, request["evidence"].string());
    RDT_TRY(auto read, read_evidence(tee, text, request["evidence"].path()));
    RDT_CHECK(read_binding(request, read.evidence));
    RDT_CHECK(read_init_data(request["init_data"], read.evidence));
    return read;
}

} // namespace redoubt::services::key_broker
