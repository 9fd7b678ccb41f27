// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>

namespace redoubt::http {

/// Whether a host is this machine for certain: "localhost", or a loopback address, without the brackets of an
/// IPv6 one. No name that only begins like one.
[[nodiscard]] bool is_loopback(const std::string& host);

} // namespace redoubt::http
