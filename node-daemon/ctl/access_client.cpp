// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/access_client.hpp"

#include "common/rpc/unary_call.hpp"

namespace redoubt::ctl {
namespace {

using rpc::unary_call;
using Stub = node::v1::Access::Stub;

} // namespace

Result<node::v1::GetIdentityResponse> AccessClient::identity() {
    return unary_call(*stub_, &Stub::GetIdentity, node::v1::GetIdentityRequest());
}

Result<node::v1::Pairing> AccessClient::open_pairing() {
    return unary_call(*stub_, &Stub::OpenPairing, node::v1::OpenPairingRequest());
}

Result<node::v1::Pairing> AccessClient::pairing() {
    return unary_call(*stub_, &Stub::GetPairing, node::v1::GetPairingRequest());
}

Status AccessClient::close_pairing() {
    RDT_CHECK(unary_call(*stub_, &Stub::ClosePairing, node::v1::ClosePairingRequest()));
    return {};
}

Result<node::v1::ListClientsResponse> AccessClient::clients() {
    return unary_call(*stub_, &Stub::ListClients, node::v1::ListClientsRequest());
}

Result<node::v1::Client> AccessClient::add_client(const node::v1::AddClientRequest& request) {
    return unary_call(*stub_, &Stub::AddClient, request);
}

Status AccessClient::remove_client(const std::string& client, bool force) {
    node::v1::RemoveClientRequest request;
    request.set_client(client);
    request.set_force(force);
    RDT_CHECK(unary_call(*stub_, &Stub::RemoveClient, request));
    return {};
}

Result<std::string> AccessClient::fetch_recovery_key() {
    RDT_TRY(auto response, unary_call(*stub_, &Stub::FetchRecoveryKey, node::v1::FetchRecoveryKeyRequest()));
    return std::move(*response.mutable_key());
}

Status AccessClient::confirm_recovery_key(const std::string& sha256) {
    node::v1::ConfirmRecoveryKeyRequest request;
    request.set_sha256(sha256);
    RDT_CHECK(unary_call(*stub_, &Stub::ConfirmRecoveryKey, request));
    return {};
}

Status AccessClient::read_audit(const node::v1::ReadAuditRequest& request,
                                const std::function<Status(const node::v1::AuditRecords&)>& each) {
    grpc::ClientContext context;
    const auto reader = stub_->ReadAudit(&context, request);
    node::v1::AuditRecords page;
    Status seen;
    while (reader->Read(&page)) {
        if (seen) seen = each(page);
        if (!seen) context.TryCancel();
    }
    const auto ended = reader->Finish();
    return seen ? rpc::status_of(ended) : seen;
}

} // namespace redoubt::ctl
