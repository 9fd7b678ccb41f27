// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "node-daemon/image/image_source.hpp"

namespace redoubt::node::image {

/// Pulls `reference` ("busybox", "host:5000/team/app:1.2", "name@sha256:...") from its registry into
/// `blob_directory` (sha256/<hex>, with <hex>.part while incomplete: a later pull resumes it with a Range
/// request). Layers are fetched in parallel. Every byte is checked against its digest before it is used.
/// Errors: invalid_argument bad reference; not_found; unauthenticated with the remedy; data_loss digest
/// mismatch; unavailable registry not reachable; resource_exhausted no space. Source: OCI
/// distribution-spec 1.1; docker registry token authentication.
Task<FetchedImage> pull(std::string reference, PullOptions options, std::filesystem::path blob_directory,
                        SkipFn skip, ProgressFn progress);

} // namespace redoubt::node::image
