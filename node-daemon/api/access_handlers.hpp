// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The calls of redoubt.node.v1.Access. Each blocks for the disk. Thread: any.

#include "node-daemon/api/access_service.hpp"
#include "redoubt/node/v1/access.pb.h"

namespace redoubt::node::api {

using access::Caller;

Result<v1::PairResponse> pair(const AccessParts& parts, const Caller& caller, const v1::PairRequest& request);
Result<v1::GetIdentityResponse> get_identity(const AccessParts& parts, const Caller& caller,
                                             const v1::GetIdentityRequest& request);
Result<v1::Pairing> open_pairing(const AccessParts& parts, const Caller& caller,
                                 const v1::OpenPairingRequest& request);
Result<v1::Pairing> get_pairing(const AccessParts& parts, const Caller& caller,
                                const v1::GetPairingRequest& request);
Result<v1::ClosePairingResponse> close_pairing(const AccessParts& parts, const Caller& caller,
                                               const v1::ClosePairingRequest& request);
Result<v1::ListClientsResponse> list_clients(const AccessParts& parts, const Caller& caller,
                                             const v1::ListClientsRequest& request);
Result<v1::Client> add_client(const AccessParts& parts, const Caller& caller,
                              const v1::AddClientRequest& request);
Result<v1::RemoveClientResponse> remove_client(const AccessParts& parts, const Caller& caller,
                                               const v1::RemoveClientRequest& request);
Result<v1::RecoveryKey> fetch_recovery_key(const AccessParts& parts, const Caller& caller,
                                           const v1::FetchRecoveryKeyRequest& request);
Result<v1::ConfirmRecoveryKeyResponse> confirm_recovery_key(const AccessParts& parts, const Caller& caller,
                                                            const v1::ConfirmRecoveryKeyRequest& request);
/// One page from record `from` on; empty: there are no more.
Result<v1::AuditRecords> read_audit_page(const AccessParts& parts, std::int64_t from, std::size_t limit);

} // namespace redoubt::node::api
