// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/api/attestation_service.hpp"

#include "node-daemon/api/grpc_bridge.hpp"
#include "redoubt/node/v1/attestation.grpc.pb.h"

namespace redoubt::node::api {
namespace {

using attestation::NodeAttester;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

Task<v1::GetEvidenceResponse> get_evidence(NodeAttester& attester, asio::thread_pool& pool,
                                           v1::GetEvidenceRequest request) {
    RDT_CO_TRY(auto evidence, co_await offload(pool, [&attester, &request] {
                   return attester.evidence(request.nonce(), request.guest_evidence_sha256());
               }));
    v1::GetEvidenceResponse response;
    response.set_evidence(std::move(evidence));
    co_return response;
}

Task<v1::ActivateCredentialResponse> activate_credential(NodeAttester& attester, asio::thread_pool& pool,
                                                         v1::ActivateCredentialRequest request) {
    RDT_CO_TRY(auto secret, co_await offload(pool, [&attester, &request] {
                   return attester.activate(request.id_object(), request.encrypted_secret());
               }));
    v1::ActivateCredentialResponse response;
    response.set_secret(std::move(secret));
    co_return response;
}

class AttestationService final : public v1::Attestation::CallbackService {
  public:
    AttestationService(NodeAttester& attester, asio::thread_pool& pool, CallRegistry& registry, Gate& gate)
        : attester_(attester), pool_(pool), registry_(registry), gate_(gate) {}

    ServerUnaryReactor* GetEvidence(CallbackServerContext* context, const v1::GetEvidenceRequest* request,
                                    v1::GetEvidenceResponse* response) override {
        return unary(*context, get_evidence, *request, *response);
    }
    ServerUnaryReactor* ActivateCredential(CallbackServerContext* context,
                                           const v1::ActivateCredentialRequest* request,
                                           v1::ActivateCredentialResponse* response) override {
        return unary(*context, activate_credential, *request, *response);
    }

  private:
    template <class Request, class Response>
    ServerUnaryReactor* unary(CallbackServerContext& context,
                              Task<Response> (*handler)(NodeAttester&, asio::thread_pool&, Request),
                              const Request& request, Response& response) {
        const auto bind = [this, handler](const Admission& /*admission*/) {
            return [this, handler](Request taken) { return handler(attester_, pool_, std::move(taken)); };
        };
        return admit_unary(gate_, registry_, context, OnDisconnect::finish, bind, request, response);
    }

    NodeAttester& attester_;
    asio::thread_pool& pool_;
    CallRegistry& registry_;
    Gate& gate_;
};

} // namespace

std::unique_ptr<grpc::Service> make_attestation_service(NodeAttester& attester, asio::thread_pool& pool,
                                                        CallRegistry& registry, Gate& gate) {
    return std::make_unique<AttestationService>(attester, pool, registry, gate);
}

} // namespace redoubt::node::api
