// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "common/base/error.hpp"
#include "common/crypto/digest.hpp"
#include "common/crypto/secret.hpp"

namespace redoubt::remote {

/// Who a node is to its clients, and a client to its nodes: a P-256 key, and the certificate it signed for
/// itself.
struct Identity {
    std::string certificate; ///< PEM
    crypto::Secret key;      ///< PEM, PKCS #8
    crypto::Digest fingerprint;
};

/// Reads the identity's file, or makes one where there is no file (mode 0600, on the disk before this
/// returns) whose certificate says `name`. The certificate is good for ever: who pins it asks no clock, and a
/// node's may be wrong. Blocks. Format: docs/formats/node-access.md.
/// Errors: data_loss the file is damaged, and what to do: it is never replaced; permission_denied others may
/// read it; errno's; internal.
[[nodiscard]] Result<Identity> load_or_make_identity(const std::filesystem::path& file,
                                                     const std::string& name);

} // namespace redoubt::remote
