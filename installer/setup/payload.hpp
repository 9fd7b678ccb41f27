// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "common/appliance/manifest.hpp"

namespace redoubt::installer {

/// A payload whose manifest is signed by whom we know and whose files are those of the manifest.
struct Payload {
    std::filesystem::path folder;
    appliance::Manifest manifest;
};

/// Reads "manifest.json" and "manifest.sig" of a folder, then every file. Errors: permission_denied the
/// signature is not by `key`; data_loss a file is not what the manifest says; not_found; invalid_argument.
[[nodiscard]] Result<Payload> open_payload(const std::filesystem::path& folder, const crypto::PublicKey& key);

/// SHA-256, 64 hex digits, of `bytes` bytes of a file or device from `offset` on. Errors: data_loss it ends
/// before; errno's.
[[nodiscard]] Result<std::string> hash_range(const std::filesystem::path& path, std::uint64_t offset,
                                             std::uint64_t bytes);

} // namespace redoubt::installer
