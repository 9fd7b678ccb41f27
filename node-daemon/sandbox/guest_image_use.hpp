// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "node-daemon/image/image_store.hpp"
#include "node-daemon/sandbox/node.hpp"

namespace redoubt::node::sandbox {

/// How large the disk is that a guest unpacks an encrypted image to, and that its container writes to. A
/// sparse file: it takes what is written.
inline constexpr std::uint64_t k_scratch_bytes = 16ULL << 30U;

/// What says to a guest which image it may be.
enum class Authorised : std::uint8_t {
    by_digest,
    by_signature, ///< its initdata has a signature policy
};

/// The reference that names an image to a guest and its policy: as it was asked for when that has the digest,
/// else by one of its names with the digest behind. Where signatures decide, what was asked for by a tag
/// stays so: under which name an image may be another tomorrow is for its owner to say.
[[nodiscard]] std::string guest_reference(const std::string& wanted, const image::StoredImage& image,
                                          Authorised authorised);

/// Where a container's scratch disk is.
[[nodiscard]] std::filesystem::path scratch_file(const Node& node, const Container& container);

/// A new, empty scratch disk for a container whose image is encrypted; nothing for others. It goes with the
/// container's folder. Errors: by errno.
Task<void> make_scratch(Node& node, std::shared_ptr<Container> container);

/// Gives its space back; what is on it is of no use to anybody any more.
asio::awaitable<void> remove_scratch(Node& node, std::shared_ptr<Container> container);

} // namespace redoubt::node::sandbox
