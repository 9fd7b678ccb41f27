// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <grpcpp/server_context.h>

#include <string>
#include <string_view>

#include "common/http/server.hpp"

namespace redoubt::services::rpc {

/// Who calls, in the form in which the HTTPS face sees him.
struct Caller {
    http::ServerRequest request; ///< peer, and the header Authorization where there is one
    std::string tenant;          ///< as the metadata "redoubt-tenant" asks for; empty: not said
    bool is_ambiguous = false;   ///< more than one tenant
};

/// Thread: any.
[[nodiscard]] Caller caller_of(const ::grpc::CallbackServerContext& context);

/// Notes the address in gRPC's name of a peer: "ipv4:192.0.2.1:4711", "ipv6:%5B2001:db8::1%5D:4711". Of
/// another name the whole is taken, so that it has limits of its own.
void read_peer(std::string_view name, http::Peer& peer);

} // namespace redoubt::services::rpc
