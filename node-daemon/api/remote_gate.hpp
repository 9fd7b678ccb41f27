// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/asio/thread_pool.hpp>

#include "common/async/task.hpp"
#include "node-daemon/access/access.hpp"
#include "node-daemon/api/admission.hpp"

namespace redoubt::node::api {

/// Of the port that the network reaches: roles, and the audit log. How a call ended is written by `pool`.
/// Lifetime: `access` outlives the pool's work.
class RemoteGate final : public Gate {
  public:
    RemoteGate(access::Access& access, asio::thread_pool& pool) : access_(access), pool_(pool) {}

    Result<Admission> admit(const grpc::CallbackServerContext& context,
                            const google::protobuf::Message& request) override;

  private:
    access::Access& access_;
    asio::thread_pool& pool_;
};

/// The certificate that the client of a TLS connection showed, in PEM form; empty: none.
[[nodiscard]] std::string certificate_of(const grpc::AuthContext& shown);

} // namespace redoubt::node::api
