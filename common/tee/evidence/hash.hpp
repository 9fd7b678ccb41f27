// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::tee {

/// The hashes that evidence uses. SHA-1 is only here because event logs and PCR banks carry it; what is
/// trusted on its ground is a question of policy.
enum class Hash : std::uint8_t { sha1, sha256, sha384, sha512 };

/// "sha256" and so on.
[[nodiscard]] std::string_view name_of(Hash hash);
[[nodiscard]] std::size_t size_of(Hash hash);
/// By name; none for other names.
[[nodiscard]] std::optional<Hash> hash_of_name(std::string_view name);
/// By TCG algorithm id (TPM_ALG_SHA256 = 0x000B).
[[nodiscard]] std::optional<Hash> hash_of_tpm_id(std::uint16_t id);

/// The raw hash of the pieces in order. Errors: internal, when the cryptographic library fails.
[[nodiscard]] Result<std::string> hash_of(Hash hash, std::initializer_list<std::string_view> pieces);
/// HMAC. Errors: internal.
[[nodiscard]] Result<std::string> hmac_of(Hash hash, std::string_view key, std::string_view message);
/// Whether two byte strings are equal, in a time that depends on their lengths only.
[[nodiscard]] bool equal_in_constant_time(std::string_view left, std::string_view right);
/// Whether every byte is zero.
[[nodiscard]] bool is_zero(std::string_view bytes);

} // namespace redoubt::tee
