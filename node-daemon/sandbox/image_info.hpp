// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Images as callers see them. Values only.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "node-daemon/image/image_source.hpp"
#include "node-daemon/sandbox/container_spec.hpp"

namespace redoubt::node::sandbox {

struct ImageInfo {
    std::string id; ///< "sha256:..." of the image config
    std::string manifest_digest;
    std::vector<std::string> names;
    std::uint64_t size_bytes = 0; ///< of the converted layers, or of the blobs when it is encrypted
    UnixTime created_at = 0;
    UnixTime pulled_at = 0;
    std::string platform;
    bool is_encrypted = false; ///< layers of it are: it needs the level confidential
};

struct ImageLayerInfo {
    std::string digest;
    std::string diff_id;
    std::uint64_t size_bytes = 0;
    std::string conversion; ///< "redoubt-erofs-1"
    std::string root_hash;
    std::string salt;
    std::uint64_t data_blocks = 0;
};

struct ImageDetails {
    ImageInfo image;
    std::vector<ImageLayerInfo> layers;
    std::string config_json;
};

struct RemovedImage {
    std::vector<std::string> untagged;
    std::vector<std::string> deleted;
};

enum class LayerStep { waiting, downloading, converting, done, exists };

struct ImageLayerProgress {
    std::string digest;
    LayerStep step = LayerStep::waiting;
    std::uint64_t done_bytes = 0;
    std::uint64_t total_bytes = 0; ///< 0: not known
};
/// Called on the main strand; must not block.
using ImageProgressFn = std::function<void(const ImageLayerProgress&)>;

} // namespace redoubt::node::sandbox
