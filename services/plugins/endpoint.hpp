// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::services::plugins {

/// Where an external plugin is reached.
struct Endpoint {
    std::string name;    ///< the first segment of its paths: /kbs/v0/NAME/...
    std::string address; ///< "HOST:PORT", or the path of a socket
    bool is_socket = false;
};

/// "NAME=https://HOST:PORT" or "NAME=unix:/PATH". Errors: invalid_argument; also a name that the broker needs
/// for itself.
[[nodiscard]] Result<Endpoint> parse_endpoint(std::string_view text);

/// Whether a socket is whose it should be: root's or ours, as is its folder, and nobody else writes to that.
/// Blocks. Errors: unavailable there is none; permission_denied.
[[nodiscard]] Status check_socket(const std::string& path);

} // namespace redoubt::services::plugins
