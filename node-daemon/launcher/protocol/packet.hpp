// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A packet with descriptors over a connected SOCK_SEQPACKET socket. Source: unix(7), recvmsg(2).

#include <optional>
#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "common/base/unique_fd.hpp"

namespace redoubt::node::launcher {

struct Packet {
    std::string bytes;
    std::vector<UniqueFd> descriptors;
};

/// One packet: all of it or nothing. Errors: resource_exhausted beyond the format's limits; unavailable the
/// peer is gone; by errno.
[[nodiscard]] Status send_packet(int socket, std::string_view bytes, const std::vector<int>& descriptors);

/// The next packet; nothing when none is there yet. Errors: unavailable the peer is gone; invalid_argument
/// larger than a packet may be, or with more descriptors; what it brought is closed.
[[nodiscard]] Result<std::optional<Packet>> receive_packet(int socket);

/// Those of them as plain numbers, still owned by the list.
[[nodiscard]] std::vector<int> numbers_of(const std::vector<UniqueFd>& descriptors);

} // namespace redoubt::node::launcher
