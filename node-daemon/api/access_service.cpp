// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/api/access_service.hpp"

#include "node-daemon/api/access_handlers.hpp"
#include "node-daemon/api/grpc_bridge.hpp"
#include "redoubt/node/v1/access.grpc.pb.h"

namespace redoubt::node::api {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

constexpr std::size_t k_page = 500;

/// Page by page, so that a long log waits for its reader.
Task<void> read_audit(AccessParts parts, v1::ReadAuditRequest request,
                      ResponseSink<v1::AuditRecords>& responses) {
    auto from = static_cast<std::int64_t>(std::min<std::uint64_t>(request.from(), INT64_MAX));
    std::size_t left = request.limit() == 0 ? SIZE_MAX : request.limit();
    if (from == 0) {
        RDT_CO_TRY(const auto first,
                   co_await offload(parts.pool, [&parts] { return parts.access.audit(0, 0); }));
        from = first.count_before + 1;
    }
    while (left > 0) {
        const auto size = std::min(left, k_page);
        RDT_CO_TRY(auto page, co_await offload(parts.pool, [&parts, from, size] {
                       return read_audit_page(parts, from, size);
                   }));
        const auto count = page.lines_size();
        if (count == 0) break;
        from += count;
        left -= static_cast<std::size_t>(count);
        if (!co_await responses.write(std::move(page))) break;
    }
    co_return Status();
}

class AccessService final : public v1::Access::CallbackService {
  public:
    AccessService(AccessParts parts, CallRegistry& registry, Gate& gate)
        : parts_(std::move(parts)), registry_(registry), gate_(gate) {}

    ServerUnaryReactor* Pair(CallbackServerContext* context, const v1::PairRequest* request,
                             v1::PairResponse* response) override {
        return unary(*context, pair, *request, *response);
    }
    ServerUnaryReactor* GetIdentity(CallbackServerContext* context, const v1::GetIdentityRequest* request,
                                    v1::GetIdentityResponse* response) override {
        return unary(*context, get_identity, *request, *response);
    }
    ServerUnaryReactor* OpenPairing(CallbackServerContext* context, const v1::OpenPairingRequest* request,
                                    v1::Pairing* response) override {
        return unary(*context, open_pairing, *request, *response);
    }
    ServerUnaryReactor* GetPairing(CallbackServerContext* context, const v1::GetPairingRequest* request,
                                   v1::Pairing* response) override {
        return unary(*context, get_pairing, *request, *response);
    }
    ServerUnaryReactor* ClosePairing(CallbackServerContext* context, const v1::ClosePairingRequest* request,
                                     v1::ClosePairingResponse* response) override {
        return unary(*context, close_pairing, *request, *response);
    }
    ServerUnaryReactor* ListClients(CallbackServerContext* context, const v1::ListClientsRequest* request,
                                    v1::ListClientsResponse* response) override {
        return unary(*context, list_clients, *request, *response);
    }
    ServerUnaryReactor* AddClient(CallbackServerContext* context, const v1::AddClientRequest* request,
                                  v1::Client* response) override {
        return unary(*context, add_client, *request, *response);
    }
    ServerUnaryReactor* RemoveClient(CallbackServerContext* context, const v1::RemoveClientRequest* request,
                                     v1::RemoveClientResponse* response) override {
        return unary(*context, remove_client, *request, *response);
    }
    ServerUnaryReactor* FetchRecoveryKey(CallbackServerContext* context,
                                         const v1::FetchRecoveryKeyRequest* request,
                                         v1::RecoveryKey* response) override {
        return unary(*context, fetch_recovery_key, *request, *response);
    }
    ServerUnaryReactor* ConfirmRecoveryKey(CallbackServerContext* context,
                                           const v1::ConfirmRecoveryKeyRequest* request,
                                           v1::ConfirmRecoveryKeyResponse* response) override {
        return unary(*context, confirm_recovery_key, *request, *response);
    }
    grpc::ServerWriteReactor<v1::AuditRecords>* ReadAudit(CallbackServerContext* context,
                                                          const v1::ReadAuditRequest* request) override {
        auto admission = gate_.admit(*context, *request);
        if (!admission)
            return new RefusedCall<grpc::ServerWriteReactor<v1::AuditRecords>>(
                grpc_status(admission.error()));
        auto bound = [this](v1::ReadAuditRequest taken, ResponseSink<v1::AuditRecords>& responses) {
            return read_audit(parts_, std::move(taken), responses);
        };
        return new ServerStreamCall<v1::ReadAuditRequest, v1::AuditRecords>(registry_, *std::move(admission),
                                                                            bound, *request);
    }

  private:
    template <class Request, class Response>
    static Task<Response> run(AccessParts parts, access::Caller caller,
                              Result<Response> (*handler)(const AccessParts&, const access::Caller&,
                                                          const Request&),
                              Request request) {
        co_return co_await offload(parts.pool, [&] { return handler(parts, caller, request); });
    }
    template <class Request, class Response>
    ServerUnaryReactor* unary(const CallbackServerContext& context,
                              Result<Response> (*handler)(const AccessParts&, const access::Caller&,
                                                          const Request&),
                              const Request& request, Response& response) {
        const auto bind = [this, handler](const Admission& admission) {
            return [this, handler, caller = admission.caller()](Request taken) {
                return run(parts_, caller, handler, std::move(taken));
            };
        };
        return admit_unary(gate_, registry_, context, OnDisconnect::finish, bind, request, response);
    }

    AccessParts parts_;
    CallRegistry& registry_;
    Gate& gate_;
};

} // namespace

std::unique_ptr<grpc::Service> make_access_service(AccessParts parts, CallRegistry& registry, Gate& gate) {
    return std::make_unique<AccessService>(std::move(parts), registry, gate);
}

} // namespace redoubt::node::api
