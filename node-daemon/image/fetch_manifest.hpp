// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "common/oci/reference.hpp"
#include "node-daemon/image/registry_session.hpp"
#include "node-daemon/image/verified_image.hpp"

namespace redoubt::node::image {

/// Brings the manifest that `reference` means on `platform`, through lists where there are any, and its
/// config. Errors: not_found no such image or tag, or not for this platform; data_loss bytes that do not have
/// their digest; those of RegistrySession::get and of the parsers in common/oci. Lifetime: borrows `session`.
Task<VerifiedImage> fetch_manifest(RegistrySession& session, oci::Reference reference,
                                   oci::Platform platform);

} // namespace redoubt::node::image
