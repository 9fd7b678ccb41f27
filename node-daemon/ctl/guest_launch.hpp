// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A confidential pod as a node would launch it: planned and measured by the code that nodes use. No daemon
/// is asked. Blocks: reads files.

#include <optional>
#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "common/initdata/initdata.hpp"
#include "node-daemon/ctl/invocation.hpp"
#include "node-daemon/ctl/pod_manifest.hpp"
#include "node-daemon/launch/vm_spec.hpp"

namespace redoubt::ctl {

/// One value that evidence will hold, by the name that reference values and `evidence verify` have for it.
struct MeasuredValue {
    std::string name;
    std::string hex;
};

struct GuestLaunch {
    std::string pod; ///< empty: of no manifest
    std::optional<ManifestPod> manifest;
    std::optional<initdata::Initdata> initdata; ///< none: nothing is bound, and a guest would deny everything
    std::string firmware;
    node::launch::VmSpec vm;
    std::vector<MeasuredValue> values; ///< measurement first
};

/// Errors: of files and manifests; invalid_argument what no node would launch.
[[nodiscard]] Result<GuestLaunch> plan_guest_launch(const MeasureOptions& options);

} // namespace redoubt::ctl
