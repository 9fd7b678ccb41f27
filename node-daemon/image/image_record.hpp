// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <string_view>

#include "node-daemon/image/image_store.hpp"

namespace redoubt::node::image {

/// A stored image as JSON, version 1: {"version", "id", "manifest_digest", "manifest", "config", "platform",
/// "pulled_at", "names": {name: since}, "layers": [{"digest", "diff_id", "size"}], "signatures"}; manifest,
/// config and signatures are strings, byte for byte; signatures may be missing.
[[nodiscard]] std::string render_image_record(const StoredImage& image);

/// Errors: invalid_argument a member that is missing or wrong, or a version from the future; data_loss when
/// manifest or config do not have their digests.
[[nodiscard]] Result<StoredImage> parse_image_record(std::string_view text);

/// Takes signatures, which may be empty, with their digest.
[[nodiscard]] Status set_signatures(StoredImage& image, std::string signatures);

/// Nanoseconds since the epoch of an RFC 3339 time; 0 when it is none.
[[nodiscard]] std::int64_t parse_rfc3339(const std::string& text);

} // namespace redoubt::node::image
