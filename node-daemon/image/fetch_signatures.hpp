// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>

#include "common/crypto/digest.hpp"
#include "node-daemon/image/registry_session.hpp"

namespace redoubt::node::image {

/// Brings the signatures that lie beside an image under the tag sha256-<hex>.sig, as a guest takes them
/// (common/oci/signature/stored_signatures.hpp); empty when there are none. Nothing is verified here: whom an
/// image has to be signed by, the guest knows. Errors: data_loss bytes that do not have their digest;
/// invalid_argument not an image of signatures; those of RegistrySession::get. Lifetime: borrows `session`.
Task<std::string> fetch_signatures(RegistrySession& session, crypto::Digest manifest);

} // namespace redoubt::node::image
