// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <grpcpp/channel.h>

#include <functional>
#include <memory>
#include <string>

#include "common/base/error.hpp"
#include "redoubt/node/v1/access.grpc.pb.h"

namespace redoubt::ctl {

/// The calls about who may manage a node. They block. Errors are the daemon's own. Thread: any.
class AccessClient {
  public:
    explicit AccessClient(const std::shared_ptr<grpc::Channel>& channel)
        : stub_(node::v1::Access::NewStub(channel)) {}

    Result<node::v1::GetIdentityResponse> identity();
    Result<node::v1::Pairing> open_pairing();
    Result<node::v1::Pairing> pairing();
    Status close_pairing();
    Result<node::v1::ListClientsResponse> clients();
    Result<node::v1::Client> add_client(const node::v1::AddClientRequest& request);
    Status remove_client(const std::string& client, bool force);
    Result<std::string> fetch_recovery_key();
    /// `sha256`: of the key, "sha256:" and its digits.
    Status confirm_recovery_key(const std::string& sha256);
    /// The first page comes with the hash that its first record names.
    Status read_audit(const node::v1::ReadAuditRequest& request,
                      const std::function<Status(const node::v1::AuditRecords&)>& each);

  private:
    std::unique_ptr<node::v1::Access::Stub> stub_;
};

} // namespace redoubt::ctl
