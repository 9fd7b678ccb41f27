// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/key_broker/broker.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

#include "common/jose/jwe.hpp"
#include "services/attestation/host_rule.hpp"

namespace redoubt::services::key_broker {
namespace {

namespace bj = boost::json;
namespace kind = store::kind;

constexpr std::string_view k_snp = "snp";

std::unexpected<Refusal> malformed(const Error& error) {
    return std::unexpected(Refusal{"SerdeError", 401, error.message, error.code});
}

bool is_segment(std::string_view segment) {
    const auto is_plain = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '-';
    };
    return !segment.empty() && segment.size() <= 255 && is_plain(segment[0]) &&
           std::ranges::all_of(segment, [&](char c) { return is_plain(c) || c == '.'; });
}

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines) text += (text.empty() ? "" : "; ") + line;
    return text;
}

} // namespace

bool is_resource_path(const std::vector<std::string>& path) {
    return path.size() == 3 &&
           std::ranges::all_of(path, [](const auto& segment) { return is_segment(segment); });
}

std::string join_path(const std::vector<std::string>& path) {
    std::string text;
    for (const auto& segment : path) text += (text.empty() ? "" : "/") + segment;
    return text;
}

Result<Broker> Broker::make(Parts parts, BrokerSettings settings) {
    RDT_TRY(auto sessions, Sessions::make(settings.session_lifetime));
    return Broker(std::move(parts), std::move(settings), std::move(sessions));
}

Answer<const Tenant*> Broker::find_tenant(const std::string& name) {
    auto tenant = parts_.tenants->find(name);
    if (tenant) return *tenant;
    if (tenant.error().code == Code::not_found) return refuse("InvalidRequestPath", 404, "no such tenant");
    return refuse("AttestationError", tenant.error());
}

Answer<Challenge> Broker::begin(const std::string& tenant, std::string_view body) const {
    const auto document = json::parse("request", body, {.max_bytes = 64U << 10U, .max_depth = 16});
    if (!document) return malformed(document.error());
    const auto root = document->root();
    const auto version = root["version"].string();
    if (!version) return malformed(version.error());
    if (!std::ranges::contains(settings_.versions, *version))
        return refuse("AttestationError", 401,
                      std::format("protocol version '{}' is not supported; supported: {}",
                                  version->substr(0, 40), joined(settings_.versions)));
    const auto tee = root["tee"].string();
    if (!tee) return malformed(tee.error());
    const auto name = attestation::canonical_tee(*tee);
    if (!attestation::is_known_tee(name))
        return refuse("AttestationError", 401,
                      std::format("TEE '{}' is not implemented", tee->substr(0, 40)));
    if (root["extra-params"].value() == nullptr)
        return refuse("SerdeError", 401, "request.extra-params: missing");
    auto session = sessions_.begin(tenant, name, parts_.now());
    if (!session) return refuse("AttestationError", session.error());
    auto text = bj::serialize(bj::object{{"nonce", session->nonce}, {"extra-params", ""}});
    return Challenge{*std::move(session), std::move(text)};
}

attestation::Judge Broker::judge_of(const Tenant& tenant, attestation::Purpose purpose) const {
    return {.collateral = parts_.collateral,
            .values = &tenant.values,
            .appraiser = &tenant.appraiser,
            .issuer = parts_.issuer,
            .tenant = tenant.name,
            .policy_id = "default",
            .purpose = purpose,
            .allows_simulation = tenant.settings.allows_simulation,
            .allows_vlek = tenant.settings.allows_vlek,
            .tcb_statuses = tenant.settings.tcb_statuses,
            .advisories = tenant.settings.advisories};
}

AttestationRequest Broker::read(const std::string& tenant, std::optional<std::string> cookie,
                                std::string_view body) const {
    AttestationRequest request{.cookie = std::move(cookie), .message = std::nullopt};
    if (!request.cookie) return request;
    const auto session = sessions_.resume(tenant, *request.cookie, parts_.now());
    if (session && !sessions_.has_attested(*session)) request.message = read_attestation(body, session->tee);
    return request;
}

Judged<Attestation> Broker::attest(const std::string& tenant, const AttestationRequest& request) {
    store::AuditEntry audit{.tenant = tenant,
                            .actor = "guest",
                            .peer = {},
                            .operation = "attest",
                            .object = {},
                            .decision = {},
                            .reason = {},
                            .facts = {}};
    auto answer = try_attest(tenant, request, audit);
    audit.decision = answer ? "allowed" : "refused";
    if (!answer) audit.reason = reason_of(answer.error());
    return {std::move(answer), std::move(audit)};
}

Answer<Attestation> Broker::try_attest(const std::string& tenant_name, const AttestationRequest& request,
                                       store::AuditEntry& audit) {
    const auto now = parts_.now();
    if (!request.cookie) return refuse("AttestationError", 401, "no session cookie");
    // Once more: since it was read, the session may have ended, or have attested.
    const auto session = sessions_.resume(tenant_name, *request.cookie, now);
    if (!session) return refuse("AttestationError", session.error());
    audit.object = session->tee;
    if (sessions_.has_attested(*session) || !request.message)
        return refuse("AttestationError", 401, "the session has attested already");
    const auto tenant = find_tenant(tenant_name);
    if (!tenant) return std::unexpected(tenant.error());
    const auto& message = *request.message;
    if (!message) return malformed(message.error());
    if (!crypto::equal_in_constant_time(message->runtime_data.nonce, session->nonce))
        return refuse("AttestationError", 401, "the nonce is not this session's");
    const auto judge = judge_of(**tenant, attestation::Purpose::release);
    auto attested = attestation::attest(message->evidence, judge, now);
    if (!attested) return refuse("AttestationError", attested.error());
    audit.facts = {{"status", attested->appraisal.status},
                   {"evidence", attested->facts.evidence_digest},
                   {"anchor", attested->facts.anchor_class},
                   {"init_data", attested->facts.init_data}};
    if (!sessions_.complete(*session, attested->token, now))
        return refuse("AttestationError", 401, "the session has attested already, or has ended");
    return Attestation{*session, std::move(attested->token)};
}

std::optional<attestation::Chip> Broker::missing_chip(const std::string& tenant,
                                                      const AttestationRequest& request) const {
    if (!request.message || !*request.message || (*request.message)->evidence.tee != k_snp)
        return std::nullopt;
    const auto session = sessions_.resume(tenant, *request.cookie, parts_.now());
    const auto& message = **request.message;
    if (!session || !crypto::equal_in_constant_time(message.runtime_data.nonce, session->nonce))
        return std::nullopt;
    return attestation::missing_chip(message.evidence.primary, *parts_.collateral);
}

std::optional<attestation::Chip> Broker::missing_chip(const Result<EvaluationRequest>& request) const {
    if (!request || request->evidence.tee != k_snp) return std::nullopt;
    return attestation::missing_chip(request->evidence.primary, *parts_.collateral);
}

Judged<std::string> Broker::evaluate(const std::string& tenant, const std::string& who,
                                     std::string_view body) {
    return evaluate(tenant, who, read_evaluation(body));
}

Judged<std::string> Broker::evaluate(const std::string& tenant, const std::string& who,
                                     const Result<EvaluationRequest>& request) {
    store::AuditEntry audit{.tenant = tenant,
                            .actor = who,
                            .peer = {},
                            .operation = "evaluate",
                            .object = {},
                            .decision = {},
                            .reason = {},
                            .facts = {}};
    auto answer = try_evaluate(tenant, request, audit);
    audit.decision = answer ? "allowed" : "refused";
    if (!answer) audit.reason = reason_of(answer.error());
    return {std::move(answer), std::move(audit)};
}

Answer<std::string> Broker::try_evaluate(const std::string& tenant_name,
                                         const Result<EvaluationRequest>& request, store::AuditEntry& audit) {
    const auto tenant = find_tenant(tenant_name);
    if (!tenant) return std::unexpected(tenant.error());
    if (!request) return malformed(request.error());
    audit.object = request->evidence.tee;
    auto attested = attestation::attest(
        request->evidence, judge_of(**tenant, attestation::Purpose::relying_party), parts_.now());
    if (!attested) return refuse("AttestationError", attested.error());
    audit.facts = {{"status", attested->appraisal.status},
                   {"evidence", attested->facts.evidence_digest},
                   {"anchor", attested->facts.anchor_class}};
    return std::move(attested->token);
}

Answer<BelievedToken> Broker::believe(const std::string& tenant, const Credentials& credentials) {
    const auto now = parts_.now();
    std::optional<std::string> token;
    if (credentials.cookie)
        if (const auto session = sessions_.resume(tenant, *credentials.cookie, now))
            token = sessions_.token_of(*session);
    if (!token) token = credentials.bearer;
    if (!token) return refuse("TokenNotFound", 401, "no session that has attested, and no token");
    const auto digest = attestation::TokenIssuer::digest_of(*token);
    if (!digest) return refuse("TokenVerifierError", digest.error());
    if (auto known = tokens_.find(tenant, *digest, now)) return known;
    auto verified = parts_.issuer->verify(*token, *digest, tenant, now);
    if (!verified) return refuse("TokenVerifierError", verified.error());
    return tokens_.keep(*std::move(verified), now);
}

Judged<std::string> Broker::release(const std::string& tenant, const Credentials& credentials,
                                    const PolicyRequest& request) {
    store::AuditEntry audit{.tenant = tenant,
                            .actor = "guest",
                            .peer = {},
                            .operation = "release",
                            .object = {},
                            .decision = {},
                            .reason = {},
                            .facts = {}};
    audit.object = request.plugin + "/" + join_path(request.path);
    auto answer = try_release(tenant, credentials, request, audit);
    audit.decision = answer ? "allowed" : "refused";
    if (!answer) audit.reason = reason_of(answer.error());
    return {std::move(answer), std::move(audit)};
}

Judged<BelievedToken> Broker::permit(const std::string& tenant, const Credentials& credentials,
                                     const PolicyRequest& request) {
    store::AuditEntry audit{.tenant = tenant,
                            .actor = "guest",
                            .peer = {},
                            .operation = "plugin.call",
                            .object = {},
                            .decision = {},
                            .reason = {},
                            .facts = {}};
    audit.object = request.plugin + "/" + join_path(request.path);
    auto answer = try_permit(tenant, credentials, request, audit);
    return {std::move(answer), std::move(audit)};
}

Answer<BelievedToken> Broker::try_permit(const std::string& tenant_name, const Credentials& credentials,
                                         const PolicyRequest& request, store::AuditEntry& audit) {
    const auto now = parts_.now();
    const auto tenant = find_tenant(tenant_name);
    if (!tenant) return std::unexpected(tenant.error());
    auto token = believe(tenant_name, credentials);
    if (!token) return token;
    const auto& facts = (*token)->facts;
    audit.facts = {{"evidence", facts.evidence_digest},
                   {"token", "sha256:" + (*token)->digest},
                   {"anchor", facts.anchor_class}};
    const auto faults = attestation::release_faults(
        facts, (*tenant)->values, {.allows_simulation = (*tenant)->settings.allows_simulation}, now);
    if (!faults.empty()) return refuse("PolicyDeny", 401, "before any policy: " + joined(faults));
    const auto misplaced = attestation::repository_fault(facts, request.plugin, request.path);
    if (!misplaced.empty()) return refuse("PolicyDeny", 401, "before any policy: " + misplaced);
    const auto& policy = (*tenant)->resource_policy;
    if (!policy) return refuse("PolicyDeny", 401, "this tenant has no resource policy");
    audit.facts["policy"] = policy->digest();
    const auto asker =
        facts.tee == attestation::k_host_tee ? ResourcePolicy::Asker::host : ResourcePolicy::Asker::guest;
    const auto allows = policy->allows((*token)->claims, request, now, asker);
    if (!allows) return refuse("PolicyEngineError", allows.error());
    if (!*allows && asker == ResourcePolicy::Asker::host)
        return refuse("PolicyDeny", 401, "the resource policy's rule allow_host does not allow it");
    if (!*allows) return refuse("PolicyDeny", 401, "the resource policy does not allow it");
    return token;
}

Answer<std::string> Broker::try_release(const std::string& tenant_name, const Credentials& credentials,
                                        const PolicyRequest& request, store::AuditEntry& audit) {
    const auto token = try_permit(tenant_name, credentials, request, audit);
    if (!token) return std::unexpected(token.error());
    const auto object =
        parts_.store->get({tenant_name, std::string(kind::k_resource), join_path(request.path)});
    if (!object && object.error().code == Code::not_found)
        return refuse("PluginInternalError", 404, "no such resource");
    if (!object) return refuse("PluginInternalError", object.error());
    audit.facts["version"] = object->version;
    auto encrypted = jose::encrypt_jwe(object->value.view(), (*token)->tee_key);
    if (!encrypted) return refuse("JweError", encrypted.error());
    return *std::move(encrypted);
}

} // namespace redoubt::services::key_broker
