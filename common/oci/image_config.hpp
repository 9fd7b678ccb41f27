// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/crypto/digest.hpp"
#include "common/oci/manifest.hpp"

namespace redoubt::oci {

/// What an image says about itself and how to run it.
/// Source: OCI image-spec 1.1, config.md.
struct ImageConfig {
    Platform platform;
    std::string created;          ///< RFC 3339 as written; may be empty
    std::string user;             ///< "user", "uid", "user:group", "uid:gid"...; empty: root
    std::vector<std::string> env; ///< NAME=value
    std::vector<std::string> entrypoint;
    std::vector<std::string> cmd;
    std::string working_dir; ///< absolute; empty: /
    std::string stop_signal; ///< "SIGTERM", "15"; empty: SIGTERM
    std::map<std::string, std::string> labels;
    std::vector<std::string> exposed_ports; ///< "80/tcp"; sorted
    std::vector<std::string> volumes;       ///< paths; sorted
    std::vector<crypto::Digest> diff_ids;   ///< of the uncompressed layers, lowest first
};

/// Errors: as in manifest.hpp.
[[nodiscard]] Result<ImageConfig> parse_image_config(std::string_view json);

/// Fails with invalid_argument unless manifest and config agree in the number of layers.
[[nodiscard]] Status check_same_layers(const Manifest& manifest, const ImageConfig& config);

} // namespace redoubt::oci
