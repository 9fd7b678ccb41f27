// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/grpc/decode.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace redoubt::services::rpc {
namespace {

using ::attestation::IndividualAttestationRequest;

constexpr json::Limits k_limits{.max_bytes = 2U << 20U, .max_depth = 32};
constexpr std::string_view k_request = "verification_requests[0]";

std::string field(std::string_view name) {
    return std::string(k_request) + "." + std::string(name);
}

/// Existing clients write algorithms in either case, and leave the usual one out.
std::optional<crypto::HashAlgorithm> hash_of(std::string name) {
    if (name.empty()) return crypto::HashAlgorithm::sha384;
    std::ranges::transform(name, name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return crypto::hash_of_name(name);
}

Status bind(const IndividualAttestationRequest& one, attestation::Evidence& evidence) {
    if (one.has_raw_runtime_data())
        return key_broker::bind_to_bytes(one.raw_runtime_data(), field("raw_runtime_data"), evidence);
    if (!one.has_structured_runtime_data())
        return fail(Code::invalid_argument, "{}: neither raw_runtime_data nor structured_runtime_data",
                    k_request);
    const auto hash = hash_of(one.runtime_data_hash_algorithm());
    if (!hash)
        return fail(Code::invalid_argument, "{}: not sha256, sha384 or sha512",
                    field("runtime_data_hash_algorithm"));
    RDT_TRY(const auto document,
            json::parse(field("structured_runtime_data"), one.structured_runtime_data(), k_limits));
    return key_broker::bind_to_object(document.root(), *hash, evidence);
}

Status add_init_data(const IndividualAttestationRequest& one, attestation::Evidence& evidence) {
    if (one.has_init_data_toml()) evidence.init_data = one.init_data_toml();
    if (one.has_init_data_digest())
        return key_broker::name_init_data(one.init_data_digest(), field("init_data_digest"), evidence);
    return {};
}

} // namespace

Result<key_broker::EvaluationRequest> decode(const ::attestation::AttestationRequest& request) {
    if (request.verification_requests_size() == 0)
        return fail(Code::invalid_argument, "verification_requests: none");
    if (request.verification_requests_size() > 1)
        return fail(Code::unimplemented,
                    "verification_requests: evidence of devices is not implemented, only "
                    "that of one processor");
    RDT_CHECK(
        key_broker::check_policies({request.policy_ids().begin(), request.policy_ids().end()}, "policy_ids"));
    const auto& one = request.verification_requests(0);
    RDT_TRY(auto read, key_broker::read_evidence(one.tee(), one.evidence(), field("evidence")));
    RDT_CHECK(bind(one, read.evidence));
    RDT_CHECK(add_init_data(one, read.evidence));
    return read;
}

Result<std::string> decode(const ::attestation::ChallengeRequest& request) {
    const auto found = request.inner().find("tee");
    if (found == request.inner().end() || found->second.empty())
        return fail(Code::invalid_argument, "inner: no 'tee'");
    auto tee = attestation::canonical_tee(found->second);
    if (!attestation::is_known_tee(tee))
        return fail(Code::unimplemented, "challenges for TEE '{}' are not implemented", tee.substr(0, 40));
    return tee;
}

std::string policy_document(const ::attestation::SetPolicyRequest& request) {
    return boost::json::serialize(
        boost::json::object{{"policy_id", request.policy_id()}, {"policy", request.policy()}});
}

} // namespace redoubt::services::rpc
