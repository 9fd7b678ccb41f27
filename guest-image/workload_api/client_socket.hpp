// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Who is at the other end of a connection over the loopback: the control group of the process that made the
/// client's socket. The kernel notes it in the socket itself when it is made, so there is nothing to race
/// with: not with the process, which may have ended, and not with descriptors, which may be passed around.
/// Who is passed a socket speaks for whoever made it. Source: sock_diag(7), linux/inet_diag.h.

#include <cstdint>
#include <string_view>

#include "common/base/error.hpp"
#include "common/netlink/message.hpp"
#include "common/netlink/socket.hpp"

namespace redoubt::guest::workload_api {

/// Both ends on 127.0.0.1; the client's comes first.
struct LoopbackPair {
    std::uint16_t client = 0;
    std::uint16_t server = 0;
};

/// The question for the client's end.
[[nodiscard]] netlink::Request client_request(const LoopbackPair& pair);

/// The identity of the control group (v2) in an answer to it: the inode of its folder. Errors:
/// permission_denied it is of another socket, of one that listens or has ended, or names no group; data_loss.
[[nodiscard]] Result<std::uint64_t> read_client(const LoopbackPair& pair, std::string_view answer);

/// Asks the kernel. The client's socket is in this very network namespace, or there is no answer: what came
/// here by a translated address or from elsewhere is nobody's. Errors: permission_denied; of netlink.
[[nodiscard]] Result<std::uint64_t> cgroup_of_client(netlink::Socket& kernel, const LoopbackPair& pair);

} // namespace redoubt::guest::workload_api
