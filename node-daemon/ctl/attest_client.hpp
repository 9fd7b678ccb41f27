// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "common/base/error.hpp"
#include "redoubt/node/v1/attestation.grpc.pb.h"

namespace redoubt::ctl {

/// The calls by which a node proves itself. They block. Errors are the daemon's own; unimplemented a daemon
/// that knows none of it. Thread: any.
class AttestClient {
  public:
    explicit AttestClient(const std::shared_ptr<grpc::Channel>& channel)
        : stub_(node::v1::Attestation::NewStub(channel)) {}

    /// redoubt-node-evidence/1. `guest_digest` empty: of no guest.
    Result<std::string> evidence(const std::string& nonce, const std::string& guest_digest);
    Result<std::string> activate(const std::string& id_object, const std::string& encrypted_secret);

  private:
    std::unique_ptr<node::v1::Attestation::Stub> stub_;
};

} // namespace redoubt::ctl
