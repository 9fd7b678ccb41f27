// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A pod as its callers see it: containers that share a VM, its network and its volumes. Values only.

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "node-daemon/launch/guest_network.hpp"
#include "node-daemon/launch/pod_volume.hpp"
#include "node-daemon/sandbox/container_spec.hpp"

namespace redoubt::node::sandbox {

struct PodSpec {
    std::string name;                  ///< generated when empty
    std::string hostname;              ///< empty: its name
    std::vector<std::string> networks; ///< by name, first is eth0; "none"; empty: the node's default
    std::vector<launch::PortMapping> ports;
    std::map<std::string, std::string> labels;
    std::map<std::string, std::string> annotations;
    std::vector<launch::PodVolume> volumes;
    std::chrono::seconds grace{10};                            ///< from the stop signal to the kill
    RestartPolicy::Kind restart = RestartPolicy::Kind::always; ///< of init containers that fail
    launch::IsolationLevel level = launch::IsolationLevel::vm; ///< vm or confidential: a pod is one VM
};

enum class PodState : std::uint8_t {
    created, ///< nothing of it has run yet
    running,
    degraded, ///< some containers run, some have failed
    exited,   ///< all have ended
};
[[nodiscard]] std::string_view name_of(PodState state);

struct PodSummary {
    PodId id;
    std::string name;
    PodState state = PodState::created;
    UnixTime created_at = 0;
    UnixTime started_at = 0;
    std::map<std::string, std::string> labels;
    std::vector<ContainerSummary> containers; ///< in the order they were made
};

struct PodDetails {
    PodSummary summary;
    PodSpec spec;
    SandboxInfo sandbox;
};

} // namespace redoubt::node::sandbox
