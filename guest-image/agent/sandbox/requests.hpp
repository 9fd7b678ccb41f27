// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "common/base/strong_id.hpp"
#include "common/oci/runtime_spec.hpp"
#include "guest-image/agent/mount/storage.hpp"
#include "guest-image/agent/sandbox/devices.hpp"

namespace redoubt::guest::sandbox {

/// Whether containers see each other's processes.
enum class PidSharing { own, shared };

struct SandboxRequest {
    SandboxId id;
    std::string hostname;
    std::vector<std::string> dns; ///< lines of resolv.conf; a bare address is a nameserver
    std::vector<mount::Storage> storages;
    PidSharing pids = PidSharing::own;
};

/// What one container shows another: a file or folder of its own view. Shape: Kata agent.proto, SharedMount.
struct SharedMount {
    std::string source_container; ///< its name in the pod, or its id
    std::string source;
    std::string destination;
};

struct ContainerRequest {
    ContainerId id;
    oci::Spec spec;
    std::vector<mount::Storage> storages;
    PidSharing pids = PidSharing::own;
    std::vector<DeviceRequest> devices;
    std::vector<SharedMount> shared_mounts;
};

/// Errors: invalid_argument unless `id` is [A-Za-z0-9][A-Za-z0-9_.-]{1,127}. Source: kata.md 2.5, the shim's
/// own rule.
[[nodiscard]] Status check_id(const std::string& what, const std::string& id);

} // namespace redoubt::guest::sandbox
