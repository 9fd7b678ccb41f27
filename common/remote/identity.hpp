// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

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

/// Of one text in PEM form, as openssl and cert-manager's combined files have it: a certificate (the first;
/// who pins it needs no chain) and its key, unencrypted, in any order. Limit: 64 KiB. Thread: any. Errors:
/// invalid_argument what is missing, too long, or not a pair. No message holds a byte of the key.
[[nodiscard]] Result<Identity> read_identity_pem(std::string_view text);

} // namespace redoubt::remote
