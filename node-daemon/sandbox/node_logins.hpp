// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "node-daemon/image/image_source.hpp"

namespace redoubt::node::sandbox {

/// The node's own login for an image: from its auth file, which is read each time, as it may be replaced at
/// any time. None: there is no such file, it has none, or the name does not say which registry. Blocks, for a
/// small file. A file that says {"unavailable": "why"} holds logins that did not come
/// (attestation::NodeSecrets): then nobody is asked without them. Errors: unavailable that, in its words;
/// failed_precondition everybody may read the file; those of oci::AuthFile; by errno.
[[nodiscard]] Result<std::optional<image::Credentials>> find_node_login(const std::filesystem::path& file,
                                                                        const std::string& image);

} // namespace redoubt::node::sandbox
