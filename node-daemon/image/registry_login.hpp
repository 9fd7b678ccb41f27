// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>

#include "node-daemon/image/image_source.hpp"

namespace redoubt::node::image {

/// Asks a registry ("host[:port]") whether it takes the credentials in the options. Errors: invalid_argument
/// no registry's name; unauthenticated it does not; unavailable it does not answer as one; those of
/// RegistrySession. Source: OCI distribution-spec 1.1, end-1.
Task<void> check_login(std::string registry, PullOptions options);

} // namespace redoubt::node::image
