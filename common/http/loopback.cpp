// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/http/loopback.hpp"

#include <arpa/inet.h>

namespace redoubt::http {

bool is_loopback(const std::string& host) {
    if (host == "localhost") return true;
    if (in_addr v4{}; ::inet_pton(AF_INET, host.c_str(), &v4) == 1)
        return (ntohl(v4.s_addr) >> 24U) == IN_LOOPBACKNET;
    in6_addr v6{};
    return ::inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

} // namespace redoubt::http
