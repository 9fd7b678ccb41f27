// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <chrono>
#include <string>

#include "common/base/error.hpp"
#include "common/crypto/keys.hpp"

namespace redoubt::crypto {

/// A certificate that the key signs for itself (DER): it says which key it is, for those who pin it. ECDSA
/// keys only. Errors: internal.
[[nodiscard]] Result<std::string> make_self_signed(const PrivateKey& key, const std::string& common_name,
                                                   std::chrono::sys_seconds from, std::chrono::days lifetime);

} // namespace redoubt::crypto
