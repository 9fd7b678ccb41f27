// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <memory>
#include <string>

#include "common/base/error.hpp"

namespace grpc {
class Channel;
}

namespace redoubt::ctl {

/// Whether -H names a socket of this machine: a URL or a path, and no profile or address.
[[nodiscard]] bool is_local_host(const std::string& host);

/// A channel to the node of a profile, by its name or address.
/// Errors: not_found no such profile; those of connect_pinned().
[[nodiscard]] Result<std::shared_ptr<grpc::Channel>> connect_to_profile(const std::string& host);

} // namespace redoubt::ctl
