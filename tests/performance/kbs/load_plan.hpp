// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/http/url.hpp"

namespace redoubt::performance {

enum class Operation : std::uint8_t {
    handshake, ///< /auth, a report signed over the nonce, /attest
    read,      ///< a resource, by the token of one handshake before the clock starts
};

/// What to ask of a key broker, and how often. Made by kbs_load.py and the tests.
struct LoadPlan {
    http::Url broker;
    std::string authority; ///< PEM: who stands behind the broker's certificate
    pid_t process = 0;     ///< the broker, whose processor time and memory are looked at
    Operation operation = Operation::handshake;
    std::uint64_t count = 0;       ///< operations
    std::uint64_t rate = 0;        ///< a second; 0: as fast as the connections can
    std::uint64_t connections = 0; ///< kept, each with one operation at a time
    std::string resource;          ///< "repository/type/tag"
    std::string init_data;         ///< the text a guest shows
    std::string chip_key;          ///< PEM: what the chip signs with
    std::string report;            ///< a report of that chip; its report data is replaced
    std::string certificates;      ///< the table of certificates a host gives along
};

/// Reads a plan: a JSON object with the members above, `report` and `certificates` in hex.
/// Errors: invalid_argument naming the member.
[[nodiscard]] Result<LoadPlan> parse_plan(std::string_view text);

} // namespace redoubt::performance
