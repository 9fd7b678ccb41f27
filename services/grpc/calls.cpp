// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/grpc/calls.hpp"

#include <boost/json/serialize.hpp>

#include "common/crypto/secret.hpp"
#include "common/encoding/base64.hpp"
#include "common/log/log.hpp"
#include "services/grpc/decode.hpp"
#include "services/grpc/status.hpp"

namespace redoubt::services::rpc {
namespace {

constexpr std::size_t k_nonce_bytes = 32;

std::unexpected<Error> refused(const key_broker::Refusal& refusal) {
    return std::unexpected(error_of(refusal));
}

} // namespace

Calls::Calls(Parts parts, CallLimits limits)
    : parts_(std::move(parts)), callers_(limits.calls_per_second, limits.call_burst),
      refused_(limits.refusals_per_second, limits.refusal_burst) {}

void Calls::count(std::string_view call, std::string_view code) {
    ++parts_.metrics->grpc_calls[{std::string(call), std::string(code)}];
}

Result<Calls::Authorised> Calls::identify(const Caller& caller) {
    const auto& peer = caller.request.peer;
    if (!callers_.take(peer.group, Clock::now())) {
        ++parts_.metrics->rate_limited;
        return fail(Code::resource_exhausted, "too many requests");
    }
    const auto who = parts_.authority->identify(caller.request, parts_.now());
    if (!who) {
        ++parts_.metrics->admin_refused;
        if (!refused_.take(peer.group, Clock::now()))
            return fail(Code::resource_exhausted, "too many requests");
        return fail(Code::unauthenticated, "{}", who.error().detail);
    }
    if (caller.is_ambiguous) return fail(Code::invalid_argument, "redoubt-tenant: more than one");
    auto tenant = caller.tenant;
    if (tenant.empty()) tenant = who->tenant;
    if (tenant.empty()) tenant = key_broker::k_default_tenant;
    if (!key_broker::is_tenant_name(tenant))
        return fail(Code::invalid_argument, "redoubt-tenant: not a tenant's name");
    return Authorised{*who, std::move(tenant)};
}

Task<> Calls::record(store::AuditEntry entry, std::string peer) {
    entry.peer = std::move(peer);
    const auto recorded = co_await parts_.audit->record(std::move(entry));
    if (recorded) co_return Status();
    log::error("audit log: " + recorded.error().message);
    co_return fail(Code::unavailable, "the audit log cannot be written");
}

Task<> Calls::require_verifier(Authorised known, std::string operation) {
    if (known.who.may(key_broker::Role::verifier, known.tenant)) co_return Status();
    const store::AuditEntry entry{.tenant = known.tenant,
                                  .actor = known.who.name,
                                  .peer = {},
                                  .operation = std::move(operation),
                                  .object = {},
                                  .decision = "refused",
                                  .reason = "not a verifier of this tenant",
                                  .facts = {}};
    RDT_CO_CHECK(co_await record(entry, known.who.peer));
    co_return fail(Code::permission_denied, "not allowed to do this");
}

Task<::attestation::AttestationResponse> Calls::evaluate(Caller caller,
                                                         ::attestation::AttestationRequest request) {
    RDT_CO_TRY(const auto known, identify(caller));
    RDT_CO_CHECK(co_await require_verifier(known, "evaluate"));
    const auto evidence = decode(request);
    if (parts_.vceks != nullptr)
        if (auto chip = parts_.broker->missing_chip(evidence))
            co_await parts_.vceks->prepare(*std::move(chip));
    auto judged = parts_.broker->evaluate(known.tenant, known.who.name, evidence);
    RDT_CO_CHECK(co_await record(std::move(judged.audit), known.who.peer));
    ++(judged.answer ? parts_.metrics->evaluations : parts_.metrics->evaluations_refused);
    if (!judged.answer) co_return refused(judged.answer.error());
    ::attestation::AttestationResponse response;
    response.set_attestation_token(*std::move(judged.answer));
    co_return response;
}

Task<::attestation::SetPolicyResponse> Calls::set_policy(Caller caller,
                                                         ::attestation::SetPolicyRequest request) {
    RDT_CO_TRY(const auto known, identify(caller));
    const auto set = parts_.admin->set_attestation_policy(known.who, known.tenant, policy_document(request));
    if (!set) co_return refused(set.error());
    co_return ::attestation::SetPolicyResponse();
}

Task<::attestation::ChallengeResponse> Calls::challenge(Caller caller,
                                                        ::attestation::ChallengeRequest request) {
    RDT_CO_TRY(const auto known, identify(caller));
    RDT_CO_CHECK(co_await require_verifier(known, "challenge"));
    RDT_CO_CHECK(decode(request));
    RDT_CO_TRY(const auto nonce, crypto::random_bytes(k_nonce_bytes));
    ::attestation::ChallengeResponse response;
    response.set_attestation_challenge(encoding::to_base64(nonce));
    co_return response;
}

Task<::reference::ReferenceValueQueryResponse> Calls::query(Caller caller,
                                                            ::reference::ReferenceValueQueryRequest request) {
    RDT_CO_TRY(const auto known, identify(caller));
    const auto value =
        parts_.admin->get_reference_value(known.who, known.tenant, request.reference_value_id());
    ::reference::ReferenceValueQueryResponse response;
    if (value)
        response.set_reference_value_results(boost::json::serialize(*value));
    else if (value.error().variant != "RvpsError" || value.error().status != 404) // no value, but an answer
        co_return refused(value.error());
    co_return response;
}

Task<::reference::ReferenceValueRegisterResponse>
Calls::add_values(Caller caller, ::reference::ReferenceValueRegisterRequest request) {
    RDT_CO_TRY(const auto known, identify(caller));
    const auto added = parts_.admin->add_reference_values(known.who, known.tenant, request.message());
    if (!added) co_return refused(added.error());
    co_return ::reference::ReferenceValueRegisterResponse();
}

} // namespace redoubt::services::rpc
