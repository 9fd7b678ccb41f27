// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/async/task.hpp"

namespace redoubt::node::image {

/// A compressed layer that has been brought to the node.
struct FetchedLayer {
    std::string digest;  ///< of the blob, "sha256:..."
    std::string diff_id; ///< of the uncompressed tar, from the image config
    std::uint64_t size_bytes = 0;
    std::filesystem::path blob; ///< empty when `skip` said it is not needed
    /// Kept as the blob it is: layers of its image are encrypted, and a guest takes them all.
    bool is_for_guest = false;
};

/// What a pull or an import brings: verified manifest and config, and the layers' blobs.
struct FetchedImage {
    std::string name; ///< canonical reference, "localhost:5000/busybox:latest"; may be empty for an archive
    std::string manifest_digest; ///< of the image manifest (not of the list that led to it)
    std::string config_digest;   ///< the image id
    std::string manifest_json;   ///< exact bytes
    std::string config_json;     ///< exact bytes
    std::string platform;        ///< "linux/amd64"
    std::vector<FetchedLayer> layers;
    /// Of an image for a guest: a document for it (common/oci/signature/stored_signatures.hpp); empty: none.
    std::string signatures;
};

enum class LayerPhase { waiting, downloading, done, exists };

/// Progress of one layer; called on the main strand, at most some ten times a second a layer.
struct LayerProgress {
    std::string digest;
    LayerPhase phase = LayerPhase::waiting;
    std::uint64_t done_bytes = 0;
    std::uint64_t total_bytes = 0;
};
using ProgressFn = std::function<void(const LayerProgress&)>;

/// True when what becomes of this layer is already on the node, so that its blob need not be fetched.
using SkipFn = std::function<bool(const FetchedLayer& layer)>;

struct Credentials {
    std::string username;
    std::string password;
};

struct PullOptions {
    std::optional<Credentials> credentials;
    bool is_insecure = false;    ///< certificates not verified; plain http where https is not answered
    std::string ca_certificates; ///< PEM, beside the system's
    std::string platform = "linux/amd64";
    std::vector<std::string> unqualified_search_registries; ///< tried in order for a name without a registry
    std::vector<std::string> insecure_registries;           ///< "host:port" for which is_insecure is implied
};

} // namespace redoubt::node::image
