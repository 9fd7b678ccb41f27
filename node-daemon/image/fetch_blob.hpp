// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>

#include "common/oci/manifest.hpp"
#include "node-daemon/image/image_source.hpp"
#include "node-daemon/image/registry_session.hpp"

namespace redoubt::node::image {

/// Brings one blob into `directory`, checked against its digest; goes on behind what an earlier attempt left.
/// Transfers that break are resumed by the session's retry policy.
/// Errors: data_loss wrong or too few bytes; not_found; resource_exhausted; those of RegistrySession::get.
/// Lifetime: borrows `session`.
Task<std::filesystem::path> fetch_blob(RegistrySession& session, oci::Descriptor blob,
                                       std::filesystem::path directory, ProgressFn progress);

} // namespace redoubt::node::image
