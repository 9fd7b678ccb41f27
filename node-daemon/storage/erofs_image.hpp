// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "common/base/error.hpp"
#include "node-daemon/storage/tar_writer.hpp"

namespace redoubt::node::storage {

/// Makes an EROFS image from the tar that `fill` writes, by redoubt-erofs-1: the same entries always give the
/// same bytes. mkfs.erofs runs as a child and keeps its own temporary files in `scratch`. Blocking.
/// `file_bytes` is the sum of the sizes of all files in that tar, each rounded up to the
/// file system's preferred block size.
/// Errors: those of `fill`; resource_exhausted when there is no space; failed_precondition when mkfs.erofs is
/// missing; internal with its words when it fails.
/// Source: docs/formats/redoubt-erofs-1.md.
Status make_erofs_image(const std::filesystem::path& image, const std::filesystem::path& scratch,
                        std::uint64_t file_bytes, const std::function<Status(TarWriter&)>& fill);

} // namespace redoubt::node::storage
