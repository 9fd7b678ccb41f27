// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The handshake and the release: request, challenge, attestation, response. Sans-I/O but for the store.
/// Source: key broker protocol 0.4.0.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/attestation/attestation_service.hpp"
#include "services/attestation/token.hpp"
#include "services/attestation/verifier/chip.hpp"
#include "services/key_broker/attestation_request.hpp"
#include "services/key_broker/believed_tokens.hpp"
#include "services/key_broker/evaluation_request.hpp"
#include "services/key_broker/refusal.hpp"
#include "services/key_broker/session.hpp"
#include "services/key_broker/tenant.hpp"
#include "services/store/trust_store.hpp"

namespace redoubt::services::key_broker {

struct BrokerSettings {
    std::vector<std::string> versions{"0.4.0"}; ///< of the protocol
    std::chrono::seconds session_lifetime = std::chrono::minutes(5);
};

/// An answer and what the audit log is to hold of it, before the answer goes out.
template <class T>
struct Judged {
    Answer<T> answer;
    store::AuditEntry audit;
};

struct Challenge {
    Session session;
    std::string body; ///< JSON
};
struct Attestation {
    Session session;
    std::string token;
};
/// What a guest shows to get something.
struct Credentials {
    std::optional<std::string> cookie;
    std::optional<std::string> bearer;
};

/// Thread: one strand. Lifetime: borrows all it is made with.
class Broker {
  public:
    struct Parts {
        store::TrustStore* store = nullptr;
        Tenants* tenants = nullptr;
        const attestation::Collateral* collateral = nullptr;
        const attestation::TokenIssuer* issuer = nullptr;
        std::function<tee::Time()> now;
    };
    static Result<Broker> make(Parts parts, BrokerSettings settings);

    /// /auth. Nothing is kept and nothing audited.
    [[nodiscard]] Answer<Challenge> begin(const std::string& tenant, std::string_view body) const;
    /// /attest: what came is read, then judged. Nothing is kept of the first.
    [[nodiscard]] AttestationRequest read(const std::string& tenant, std::optional<std::string> cookie,
                                          std::string_view body) const;
    [[nodiscard]] Judged<Attestation> attest(const std::string& tenant, const AttestationRequest& request);
    /// The chip of a guest in the middle of the handshake whose VCEK is neither in his evidence nor at hand.
    /// None for whoever has no session here, whatever he sends.
    [[nodiscard]] std::optional<attestation::Chip> missing_chip(const std::string& tenant,
                                                                const AttestationRequest& request) const;
    /// The same of evidence that a relying party wants judged.
    [[nodiscard]] std::optional<attestation::Chip>
    missing_chip(const Result<EvaluationRequest>& request) const;
    /// /attestation of a relying party that has a challenge of its own: the token opens nothing here.
    [[nodiscard]] Judged<std::string> evaluate(const std::string& tenant, const std::string& who,
                                               std::string_view body);
    /// The same of a request that another face has read, or could not.
    [[nodiscard]] Judged<std::string> evaluate(const std::string& tenant, const std::string& who,
                                               const Result<EvaluationRequest>& request);
    /// GET below /resource: the value as a JWE for the guest's key.
    [[nodiscard]] Judged<std::string> release(const std::string& tenant, const Credentials& credentials,
                                              const PolicyRequest& request);

    /// Whether a guest may have what is not the broker's own: token, rule and policy as for a resource. The
    /// audit entry is for the caller to complete and write.
    [[nodiscard]] Judged<BelievedToken> permit(const std::string& tenant, const Credentials& credentials,
                                               const PolicyRequest& request);

    /// Replaces what vendors say, after an import.
    void use_collateral(const attestation::Collateral& collateral) { parts_.collateral = &collateral; }
    [[nodiscard]] const attestation::Collateral& collateral() const { return *parts_.collateral; }
    [[nodiscard]] const Sessions& sessions() const { return sessions_; }

  private:
    Broker(Parts parts, BrokerSettings settings, Sessions sessions)
        : parts_(std::move(parts)), settings_(std::move(settings)), sessions_(std::move(sessions)) {}

    Answer<Attestation> try_attest(const std::string& tenant, const AttestationRequest& request,
                                   store::AuditEntry& audit);
    Answer<std::string> try_release(const std::string& tenant, const Credentials& credentials,
                                    const PolicyRequest& request, store::AuditEntry& audit);
    Answer<BelievedToken> try_permit(const std::string& tenant, const Credentials& credentials,
                                     const PolicyRequest& request, store::AuditEntry& audit);
    Answer<BelievedToken> believe(const std::string& tenant, const Credentials& credentials);
    Answer<std::string> try_evaluate(const std::string& tenant, const Result<EvaluationRequest>& request,
                                     store::AuditEntry& audit);
    [[nodiscard]] attestation::Judge judge_of(const Tenant& tenant, attestation::Purpose purpose) const;
    Answer<const Tenant*> find_tenant(const std::string& name);

    Parts parts_;
    BrokerSettings settings_;
    Sessions sessions_;
    BelievedTokens tokens_;
};

/// Whether a path names a resource: three segments of letters, digits, '_', '-' and, but not first, '.'.
[[nodiscard]] bool is_resource_path(const std::vector<std::string>& path);
/// "repo/type/tag".
[[nodiscard]] std::string join_path(const std::vector<std::string>& path);

} // namespace redoubt::services::key_broker
