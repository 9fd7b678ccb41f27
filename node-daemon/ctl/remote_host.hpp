// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <memory>
#include <string>

#include "common/base/error.hpp"
#include "common/remote/identity.hpp"
#include "common/remote/profiles.hpp"

namespace grpc {
class Channel;
}

namespace redoubt::ctl {

/// Whether -H names a socket of this machine: a URL or a path, and no profile or address.
[[nodiscard]] bool is_local_host(const std::string& host);

/// This user's profiles. Errors: those of config_folder() and Profiles::load().
[[nodiscard]] Result<remote::Profiles> load_profiles();
/// Who this user is to nodes; made when it is first needed. Errors: those of load_or_make_identity().
[[nodiscard]] Result<remote::Identity> own_identity();

/// A channel to the node of a profile, by its name or address.
/// Errors: not_found no such profile; those of connect_pinned().
[[nodiscard]] Result<std::shared_ptr<grpc::Channel>> connect_to_profile(const std::string& host);

} // namespace redoubt::ctl
