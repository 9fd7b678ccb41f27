// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/grpc/service.hpp"

#include <string_view>

#include "trust/attestation.grpc.pb.h"
#include "trust/reference.grpc.pb.h"

namespace redoubt::services::rpc {
namespace {

using ::grpc::CallbackServerContext;
using ::grpc::ServerUnaryReactor;

/// A method of Calls and the name of its call.
template <class Request, class Response>
struct Method {
    std::string_view name;
    Task<Response> (Calls::*answer)(Caller, Request);
};

template <class Request, class Response>
Task<Response> count_answer(Calls& calls, Method<Request, Response> method, Caller caller, Request request) {
    auto answer = co_await (calls.*method.answer)(std::move(caller), std::move(request));
    calls.count(method.name, answer ? "OK" : name_of(answer.error().code));
    co_return answer;
}

/// A call that a method of Calls answers. gRPC takes what is returned, and lets go of it with OnDone.
template <class Request, class Response>
ServerUnaryReactor* unary(Calls& calls, CallsInFlight& in_flight, Method<Request, Response> method,
                          const CallbackServerContext* context, const Request* request, Response* response) {
    auto handler = [&calls, method](Caller caller, Request taken) {
        return count_answer(calls, method, std::move(caller), std::move(taken));
    };
    return new UnaryCall<Request, Response>(in_flight, std::move(handler), *context, *request, *response);
}

class Attestation final : public ::attestation::AttestationService::CallbackService {
  public:
    Attestation(Calls& calls, CallsInFlight& in_flight) : calls_(calls), in_flight_(in_flight) {}

    ServerUnaryReactor* AttestationEvaluate(CallbackServerContext* context,
                                            const ::attestation::AttestationRequest* request,
                                            ::attestation::AttestationResponse* response) override {
        return unary(calls_, in_flight_, Method{"AttestationEvaluate", &Calls::evaluate}, context, request,
                     response);
    }
    ServerUnaryReactor* SetAttestationPolicy(CallbackServerContext* context,
                                             const ::attestation::SetPolicyRequest* request,
                                             ::attestation::SetPolicyResponse* response) override {
        return unary(calls_, in_flight_, Method{"SetAttestationPolicy", &Calls::set_policy}, context, request,
                     response);
    }
    ServerUnaryReactor* GetAttestationChallenge(CallbackServerContext* context,
                                                const ::attestation::ChallengeRequest* request,
                                                ::attestation::ChallengeResponse* response) override {
        return unary(calls_, in_flight_, Method{"GetAttestationChallenge", &Calls::challenge}, context,
                     request, response);
    }

  private:
    Calls& calls_;
    CallsInFlight& in_flight_;
};

class References final : public ::reference::ReferenceValueProviderService::CallbackService {
  public:
    References(Calls& calls, CallsInFlight& in_flight) : calls_(calls), in_flight_(in_flight) {}

    ServerUnaryReactor* QueryReferenceValue(CallbackServerContext* context,
                                            const ::reference::ReferenceValueQueryRequest* request,
                                            ::reference::ReferenceValueQueryResponse* response) override {
        return unary(calls_, in_flight_, Method{"QueryReferenceValue", &Calls::query}, context, request,
                     response);
    }
    ServerUnaryReactor*
    RegisterReferenceValue(CallbackServerContext* context,
                           const ::reference::ReferenceValueRegisterRequest* request,
                           ::reference::ReferenceValueRegisterResponse* response) override {
        return unary(calls_, in_flight_, Method{"RegisterReferenceValue", &Calls::add_values}, context,
                     request, response);
    }

  private:
    Calls& calls_;
    CallsInFlight& in_flight_;
};

} // namespace

std::unique_ptr<::grpc::Service> make_attestation_service(Calls& calls, CallsInFlight& in_flight) {
    return std::make_unique<Attestation>(calls, in_flight);
}

std::unique_ptr<::grpc::Service> make_reference_service(Calls& calls, CallsInFlight& in_flight) {
    return std::make_unique<References>(calls, in_flight);
}

} // namespace redoubt::services::rpc
