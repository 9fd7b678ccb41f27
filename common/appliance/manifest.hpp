// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What a payload (of an ISO, of an update) consists of: docs/formats/appliance-manifest.md.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"
#include "common/crypto/keys.hpp"

namespace redoubt::appliance {

/// What a file of a payload is for.
enum class Part : std::uint8_t {
    usr,
    usr_verity,
    usr_verity_sig,
    kernel,
    boot_loader,
    secure_boot_pk,
    secure_boot_kek,
    secure_boot_db
};
/// Its name in a manifest: "usr", "usr-verity" and so on.
[[nodiscard]] std::string_view name_of(Part part);

struct PayloadFile {
    Part part = Part::usr;
    std::string name; ///< in the payload's folder: letters, digits and "._+-", not beginning with a dot
    std::uint64_t bytes = 0;
    std::string sha256; ///< 64 hex digits, lower case
    [[nodiscard]] bool operator==(const PayloadFile&) const = default;
};

struct Manifest {
    std::string version;            ///< of the image: digits and dots
    std::string usr_hash;           ///< dm-verity's root hash of /usr, 64 hex digits
    std::vector<PayloadFile> files; ///< each part exactly once

    /// The file of a part; every manifest that was read has it.
    [[nodiscard]] const PayloadFile& file(Part part) const;
    [[nodiscard]] bool operator==(const Manifest&) const = default;
};

/// A manifest of up to 64 KiB. Errors: invalid_argument "manifest.files[2].name: ..." for the first thing
/// wrong; a field nobody knows is.
[[nodiscard]] Result<Manifest> parse_manifest(std::string_view text);

/// Whether `signature` (Ed25519, 64 bytes) is by `key` over `text`. To be asked before anything of the text
/// is read. Errors: permission_denied.
[[nodiscard]] Status check_signature(std::string_view text, std::string_view signature,
                                     const crypto::PublicKey& key);

} // namespace redoubt::appliance
