// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::ctl {

/// Initdata is read by the host, so that nothing secret may be in it. Finds what is meant to be: private keys
/// in PEM or JWK, user names with passwords in URLs, and keys such as `password` with a value. What it does
/// not know it does not find. Errors: invalid_argument "NAME:LINE: what it looks like"; never the text
/// itself.
[[nodiscard]] Status refuse_secrets(const std::string& name, std::string_view text);

} // namespace redoubt::ctl
