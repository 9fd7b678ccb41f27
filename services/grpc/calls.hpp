// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What relying parties ask for, as coroutines on the main strand: who it is, whether he may, and which use
/// case. docs/formats/kbs.md, "gRPC".

#include <functional>
#include <string>
#include <string_view>

#include "common/async/task.hpp"
#include "services/api/admin_auth.hpp"
#include "services/api/audit_queue.hpp"
#include "services/api/metrics.hpp"
#include "services/grpc/caller.hpp"
#include "services/key_broker/admin.hpp"
#include "services/key_broker/broker.hpp"
#include "services/key_broker/rate_limit.hpp"
#include "services/vendors/vcek_fetcher.hpp"
#include "trust/attestation.pb.h"
#include "trust/reference.pb.h"

namespace redoubt::services::rpc {

/// Of one peer.
struct CallLimits {
    double calls_per_second = 50;
    double call_burst = 200;
    double refusals_per_second = 1; ///< of who is no administrator
    double refusal_burst = 10;
};

/// Thread: one strand. Lifetime: borrows its parts. Errors of every call: unauthenticated neither certificate
/// nor token are an administrator's; permission_denied another role's or tenant's; resource_exhausted asked
/// too often; not_found no such tenant; failed_precondition the change waits for another administrator;
/// unavailable the audit log cannot be written; and what the use case says.
class Calls {
  public:
    struct Parts {
        key_broker::Broker* broker = nullptr;
        key_broker::Admin* admin = nullptr;
        const api::AdminAuthority* authority = nullptr;
        api::AuditQueue* audit = nullptr;
        api::Metrics* metrics = nullptr;
        vendors::VcekFetcher* vceks = nullptr; ///< null: none are fetched
        std::function<tee::Time()> now;
    };
    Calls(Parts parts, CallLimits limits);

    Task<::attestation::AttestationResponse> evaluate(Caller caller,
                                                      ::attestation::AttestationRequest request);
    Task<::attestation::SetPolicyResponse> set_policy(Caller caller, ::attestation::SetPolicyRequest request);
    /// A fresh nonce. Nothing remembers it: who gets it has to see it again in the evidence.
    Task<::attestation::ChallengeResponse> challenge(Caller caller, ::attestation::ChallengeRequest request);
    Task<::reference::ReferenceValueQueryResponse> query(Caller caller,
                                                         ::reference::ReferenceValueQueryRequest request);
    Task<::reference::ReferenceValueRegisterResponse>
    add_values(Caller caller, ::reference::ReferenceValueRegisterRequest request);

    /// Notes that a call had an answer.
    void count(std::string_view call, std::string_view code);

  private:
    /// Who calls, and for which tenant.
    struct Authorised {
        key_broker::Administrator who;
        std::string tenant;
    };
    Result<Authorised> identify(const Caller& caller);
    Task<> require_verifier(Authorised known, std::string operation);
    Task<> record(store::AuditEntry entry, std::string peer);

    Parts parts_;
    key_broker::RateLimit callers_;
    key_broker::RateLimit refused_;
};

} // namespace redoubt::services::rpc
