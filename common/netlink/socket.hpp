// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "common/base/unique_fd.hpp"
#include "common/netlink/message.hpp"

namespace redoubt::netlink {

/// A conversation with the kernel about the network namespace of the thread that opened it. Blocks, for
/// milliseconds; five seconds of silence are an error. One thread at a time.
class Socket {
  public:
    /// `protocol` is NETLINK_ROUTE, NETLINK_NETFILTER...
    [[nodiscard]] static Result<Socket> open(int protocol);

    /// A request that changes something. Errors: by errno, with the kernel's own words where it has some.
    Status change(const Request& request);
    /// Several requests in one datagram, as nfnetlink's transactions are. The first error counts.
    Status change_together(const std::vector<Request>& requests);

    /// An answer of its own bytes.
    struct Reply {
        std::uint16_t type = 0;
        std::string payload;
    };
    /// A request that asks for one thing, or with NLM_F_DUMP for many.
    Result<std::vector<Reply>> ask(const Request& request);

  private:
    explicit Socket(UniqueFd fd) : fd_(std::move(fd)) {}
    Status send(const std::string& bytes);
    Result<std::string> receive();

    UniqueFd fd_;
    std::uint32_t sequence_ = 0;
};

} // namespace redoubt::netlink
