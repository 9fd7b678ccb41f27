// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <grpcpp/channel.h>

#include <memory>
#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/remote/identity.hpp"

namespace redoubt::pairing {

/// Proves to a node that we know the code on its screen, and has the node prove it; the code never travels.
/// `channel` is the one that rpc::connect_pinned() made to the node of that fingerprint with our identity.
/// `client_name` is how the node is to call us; empty: as our certificate says. Blocks. Thread: any.
/// Our role there, "admin" or "viewer". Source: docs/formats/pairing.md.
/// Errors: invalid_argument no such code, which it does not repeat; permission_denied a wrong code, or an
/// answer from somebody who does not know it: such a node must not be noted; the node's own.
[[nodiscard]] Result<std::string> pair_over(const std::shared_ptr<grpc::Channel>& channel,
                                            const crypto::Digest& node, const remote::Identity& identity,
                                            std::string_view code, const std::string& client_name);

} // namespace redoubt::pairing
