// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/asio/thread_pool.hpp>

#include "node-daemon/image/image_source.hpp"

namespace redoubt::node::image {

/// Imports an OCI layout folder, an oci-archive or a docker-archive (plain or gzip) at `path`: blobs go to
/// `blob_directory` like those of a pull. `name` overrides the name in the archive.
/// Errors: invalid_argument naming what is wrong in the archive; data_loss digest mismatch or cut file.
Task<FetchedImage> import_archive(std::filesystem::path path, std::string name, std::string platform,
                                  std::filesystem::path blob_directory, asio::thread_pool& pool, SkipFn skip,
                                  ProgressFn progress);

} // namespace redoubt::node::image
