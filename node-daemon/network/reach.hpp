// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Whether somebody answers at an address that this host reaches: for probes of containers.

#include <cstdint>
#include <map>
#include <string>

#include "common/async/task.hpp"

namespace redoubt::node::network {

struct HttpQuestion {
    std::string scheme = "http"; ///< or "https", whose certificate is not verified
    std::string address;         ///< IPv4 or IPv6, or a name
    std::uint16_t port = 0;
    std::string path = "/";
    std::map<std::string, std::string> headers;
};

/// GET; redirects are followed. Errors: aborted a status other than 200 to 399; those of the connection. May
/// be cancelled.
Task<void> ask_http(HttpQuestion question);

/// Connects, and no more. Errors: unavailable; invalid_argument not an address. May be cancelled.
Task<void> ask_tcp(std::string address, std::uint16_t port);

} // namespace redoubt::node::network
