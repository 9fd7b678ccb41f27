// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>

#include "common/base/error.hpp"
#include "redoubt/node/v1/node.pb.h"

namespace redoubt::ctl {

/// Parses [IP:]HOSTPORT:CONTAINERPORT[/PROTOCOL], an IPv6 address in brackets.
/// Errors: invalid_argument saying what of it is wrong.
[[nodiscard]] Result<redoubt::node::v1::PortMapping> parse_port_mapping(const std::string& text);

} // namespace redoubt::ctl
