// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <string_view>

#include "common/base/error.hpp"
#include "node-daemon/launch/confidential_launch.hpp"

namespace redoubt::node::launch {

/// What stands between a container and its host, weakest first. Decision: docs/adr/0018.
enum class IsolationLevel : std::uint8_t {
    runc,   ///< the host's own kernel, with namespaces, cgroups, capabilities and a filter of system calls
    gvisor, ///< a kernel of its own in user space, which asks the host's for little
    vm,     ///< a virtual machine with a kernel of its own
    confidential, ///< a virtual machine whose memory the host cannot read
};

/// "runc", "gvisor", "vm", "confidential": the spelling of the command line, of the store and of the
/// configuration.
[[nodiscard]] std::string_view name_of(IsolationLevel level);

/// The level that a caller names; an empty name is a vm. Errors: invalid_argument no such level.
[[nodiscard]] Result<IsolationLevel> parse_isolation_level(std::string_view name);

/// Whether containers of this level are processes of the host, without a VM.
[[nodiscard]] constexpr bool is_on_host(IsolationLevel level) {
    return level == IsolationLevel::runc || level == IsolationLevel::gvisor;
}

/// A node's policy on a container's level, and whether the node has what the level needs.
/// Errors: permission_denied it is below `minimum`, and what can be done; failed_precondition there is
/// neither a secure processor nor a simulator of one.
[[nodiscard]] Status check_level(IsolationLevel wanted, IsolationLevel minimum,
                                 const ConfidentialMeans& means);

} // namespace redoubt::node::launch
