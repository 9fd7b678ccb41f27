// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>

#include "common/base/error.hpp"
#include "node-daemon/ctl/invocation.hpp"
#include "redoubt/node/v1/node.pb.h"

namespace redoubt::ctl {

namespace pb = redoubt::node::v1;

struct SystemdUnit {
    std::string name; ///< "container-web.service"
    std::string text;
};

/// A unit that runs the container as a service. Pure. Errors: invalid_argument an option that cannot stand in
/// a unit; failed_precondition what cannot be made anew by a command line, with --new.
/// Source: systemd.service(5), systemd.syntax(7).
[[nodiscard]] Result<SystemdUnit> make_systemd_unit(const pb::InspectContainerResponse& container,
                                                    const GenerateSystemdOptions& options);

/// A word of ExecStart=: quoted where it has to be, "%" and "$" doubled.
[[nodiscard]] std::string quote_for_systemd(const std::string& word);

} // namespace redoubt::ctl
