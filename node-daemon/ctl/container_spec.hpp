// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "node-daemon/ctl/invocation.hpp"
#include "node-daemon/ctl/terminal.hpp"
#include "redoubt/node/v1/node.pb.h"

namespace redoubt::ctl {

namespace pb = redoubt::node::v1;

/// A variable of our environment; nothing when it is not set. For `-e NAME`.
using EnvironmentLookup = std::function<std::optional<std::string>(const std::string& name)>;

/// What `run`'s flags ask the daemon for. `size` is this terminal's.
/// Errors: invalid_argument naming the flag.
[[nodiscard]] Result<pb::ContainerSpec> make_container_spec(const RunOptions& options,
                                                            std::optional<WindowSize> size,
                                                            const EnvironmentLookup& lookup);

/// What `exec`'s flags ask for. Errors: invalid_argument naming the flag.
[[nodiscard]] Result<pb::ExecStart>
make_exec_start(const ExecOptions& options, std::optional<WindowSize> size, const EnvironmentLookup& lookup);

/// What `image pull`'s flags ask for; reads the authority's files, and logins where --creds gives none.
/// Errors: invalid_argument naming the flag; errno's for a file; those of find_login().
[[nodiscard]] Result<pb::PullImageRequest> make_pull_request(const std::string& reference,
                                                             const RegistryOptions& options);

/// How a registry is reached, as both a pull and a login say it.
struct RegistryReach {
    bool plain_http = false;
    std::string ca_certificates; ///< PEM
};
/// Reads the authority's files. Errors: as make_pull_request().
[[nodiscard]] Result<RegistryReach> make_reach(const RegistryOptions& options);

/// The environment of this process.
[[nodiscard]] std::optional<std::string> own_environment(const std::string& name);

} // namespace redoubt::ctl
