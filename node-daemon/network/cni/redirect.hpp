// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Ties two interfaces of the network namespace that the socket was opened in. Source: tc-u32(8),
/// tc-mirred(8).

#include "common/netlink/socket.hpp"

namespace redoubt::node::network::cni {

/// Requests, for tests.
[[nodiscard]] netlink::Request make_ingress_request(int link);
[[nodiscard]] netlink::Request make_redirect_request(int from, int to);

/// Whatever arrives at one link leaves by the other, and nothing of it is seen by this namespace.
Status redirect(netlink::Socket& socket, int from, int to);

} // namespace redoubt::node::network::cni
