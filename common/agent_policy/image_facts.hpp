// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What an image says of itself, as far as a policy asks: its configuration, its users, its layers.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"
#include "common/oci/image_config.hpp"

namespace redoubt::agent_policy {

/// A layer as a dm-verity disk. Source: docs/formats/redoubt-erofs-1.md.
struct VerityLayer {
    std::string root_hash;         ///< 64 lower-case hex digits
    std::string salt;              ///< lower-case hex digits
    std::uint64_t data_blocks = 0; ///< of 4096 bytes
};

struct ImageFacts {
    oci::ImageConfig config;
    std::string digest;                ///< of the manifest, "sha256:..."; empty: not known
    std::optional<std::string> passwd; ///< the image's /etc/passwd
    std::optional<std::string> group;  ///< and /etc/group
    std::string conversion;            ///< "redoubt-erofs-1"; empty: no layers are known
    std::vector<VerityLayer> layers;   ///< lowest first
};

/// Reads an image configuration as OCI and Docker write it, which may hold a member "redoubt":
///     {"digest": "sha256:...", "passwd": "...", "group": "...", "conversion": "redoubt-erofs-1",
///      "layers": [{"root_hash": "...", "salt": "...", "data_blocks": 1}]}
/// Errors: invalid_argument that names the place.
[[nodiscard]] Result<ImageFacts> parse_image_facts(std::string_view json);

} // namespace redoubt::agent_policy
