// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "node-daemon/image/image_store.hpp"
#include "node-daemon/sandbox/image_info.hpp"
#include "node-daemon/sandbox/node.hpp"

namespace redoubt::node::sandbox {

/// What pull and import share. The caller holds node.image_changes.

/// Whether a layer needs no fetching, for it has been converted already.
[[nodiscard]] image::SkipFn make_skip(Node& node);
[[nodiscard]] image::ProgressFn make_fetch_progress(ImageProgressFn progress);

/// Converts the layers of an image that has been fetched, keeps it, and deletes the blobs it came as.
/// Errors: those of LayerStore::convert and ImageStore::add; no layer is left that no image uses.
Task<ImageInfo> keep_image(Node& node, image::FetchedImage fetched, ImageProgressFn progress);

/// Blobs that no image needs any more; a failure is logged.
void remove_guest_blobs(const Node& node, const std::vector<std::string>& digests);

/// Blobs that a killed daemon left without their image. For the start of the daemon.
void remove_stray_blobs(const Node& node);

[[nodiscard]] ImageInfo describe_image(const Node& node, const image::StoredImage& image);

/// "image" event.
void publish_image(Node& node, std::string action, std::string id, std::string name);

} // namespace redoubt::node::sandbox
