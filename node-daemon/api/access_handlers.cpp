// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/api/access_handlers.hpp"

namespace redoubt::node::api {
namespace {

v1::Role encode(access::Role role) {
    return role == access::Role::admin ? v1::ADMIN : v1::VIEWER;
}

Result<access::Role> decode(v1::Role role) {
    if (role == v1::ADMIN) return access::Role::admin;
    if (role == v1::VIEWER) return access::Role::viewer;
    return fail(Code::invalid_argument, "role: viewer or admin");
}

v1::Client encode(const access::Client& client) {
    v1::Client message;
    message.set_fingerprint(client.fingerprint.str());
    message.set_name(client.name);
    message.set_role(encode(client.role));
    message.set_added_at(client.added_at);
    message.set_added_by(client.added_by);
    return message;
}

v1::Pairing encode(const access::PairingWindow::State& state, const AccessParts& parts) {
    v1::Pairing message;
    message.set_open(state.is_open);
    message.set_code(state.code);
    if (const auto identity = parts.access.identity())
        message.set_fingerprint((*identity)->fingerprint.str());
    message.set_listen(parts.listen);
    message.set_tries_left(state.tries_left);
    message.set_seconds_left(static_cast<std::uint32_t>(state.left.count()));
    message.set_closed_reason(state.closed_reason);
    return message;
}

} // namespace

Result<v1::PairResponse> pair(const AccessParts& parts, const Caller& caller,
                              const v1::PairRequest& request) {
    if (request.version() != 1)
        return fail(Code::unimplemented, "pairing version {}: this node knows 1", request.version());
    RDT_TRY(auto confirmation, parts.access.pair(caller, request.proof(), request.name()));
    v1::PairResponse response;
    response.set_confirmation(std::move(confirmation));
    response.set_role(v1::ADMIN);
    return response;
}

Result<v1::GetIdentityResponse> get_identity(const AccessParts& parts, const Caller& caller,
                                             const v1::GetIdentityRequest&) {
    RDT_TRY(const auto identity, parts.access.identity());
    v1::GetIdentityResponse response;
    response.set_fingerprint(identity->fingerprint.str());
    response.set_certificate(identity->certificate);
    response.set_listen(parts.listen);
    response.set_caller_role(caller.is_local ? v1::ADMIN
                                             : encode(caller.role.value_or(access::Role::viewer)));
    response.set_caller_name(caller.name);
    return response;
}

Result<v1::Pairing> open_pairing(const AccessParts& parts, const Caller& caller,
                                 const v1::OpenPairingRequest&) {
    if (parts.listen.empty())
        return fail(Code::failed_precondition,
                    "the node is not reached from outside: set remote.listen in redoubtd.toml");
    RDT_TRY(const auto state, parts.access.open_pairing(caller));
    return encode(state, parts);
}

Result<v1::Pairing> get_pairing(const AccessParts& parts, const Caller&, const v1::GetPairingRequest&) {
    return encode(parts.access.pairing(), parts);
}

Result<v1::ClosePairingResponse> close_pairing(const AccessParts& parts, const Caller& caller,
                                               const v1::ClosePairingRequest&) {
    RDT_CHECK(parts.access.close_pairing(caller));
    return v1::ClosePairingResponse();
}

Result<v1::ListClientsResponse> list_clients(const AccessParts& parts, const Caller&,
                                             const v1::ListClientsRequest&) {
    RDT_TRY(const auto clients, parts.access.clients());
    v1::ListClientsResponse response;
    for (const auto& client : clients) *response.add_clients() = encode(client);
    return response;
}

Result<v1::Client> add_client(const AccessParts& parts, const Caller& caller,
                              const v1::AddClientRequest& request) {
    RDT_TRY(const auto role, decode(request.role()));
    RDT_TRY(const auto client, parts.access.add_client(caller, request.certificate(), request.name(), role));
    return encode(client);
}

Result<v1::RemoveClientResponse> remove_client(const AccessParts& parts, const Caller& caller,
                                               const v1::RemoveClientRequest& request) {
    RDT_CHECK(parts.access.remove_client(caller, request.client(), request.force()));
    return v1::RemoveClientResponse();
}

Result<v1::RecoveryKey> fetch_recovery_key(const AccessParts& parts, const Caller& caller,
                                           const v1::FetchRecoveryKeyRequest&) {
    RDT_TRY(auto key, parts.access.fetch_recovery_key(caller));
    v1::RecoveryKey response;
    response.set_key(std::move(key));
    return response;
}

Result<v1::ConfirmRecoveryKeyResponse> confirm_recovery_key(const AccessParts& parts, const Caller& caller,
                                                            const v1::ConfirmRecoveryKeyRequest& request) {
    RDT_CHECK(parts.access.confirm_recovery_key(caller, request.sha256()));
    return v1::ConfirmRecoveryKeyResponse();
}

Result<v1::AuditRecords> read_audit_page(const AccessParts& parts, std::int64_t from, std::size_t limit) {
    RDT_TRY(auto page, parts.access.audit(from, limit));
    v1::AuditRecords records;
    records.set_previous_hash(std::move(page.previous_hash));
    for (auto& line : page.lines) records.add_lines(std::move(line));
    return records;
}

} // namespace redoubt::node::api
