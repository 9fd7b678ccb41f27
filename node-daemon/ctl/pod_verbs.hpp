// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What the verbs of pods and networks ask for, as values. Flags and their meaning follow podman-pod(1),
/// podman-kube(1) and podman-network(1).

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace redoubt::ctl {

struct PodCreateOptions {
    std::string name;
    std::string hostname;
    std::vector<std::string> networks;
    std::vector<std::string> ports;
    std::vector<std::string> labels;
};
struct PodPsOptions {
    bool is_quiet = false;
    bool no_trunc = false;
    std::vector<std::string> filters; ///< name=, id=, label=, status=
};
struct PodInspectOptions {
    std::vector<std::string> pods;
};
struct PodStartOptions {
    bool all = false;
    std::vector<std::string> pods;
};
struct PodStopOptions {
    bool all = false;
    std::optional<std::uint32_t> timeout_seconds;
    std::vector<std::string> pods;
};
struct PodKillOptions {
    bool all = false;
    std::string signal = "KILL";
    std::vector<std::string> pods;
};
struct PodRmOptions {
    bool all = false;
    bool force = false;
    std::vector<std::string> pods;
};
struct PodLogsOptions {
    std::string container; ///< of the pod; empty: all
    std::optional<std::uint64_t> tail;
    std::string since;
    bool follow = false;
    bool timestamps = false;
    std::string pod;
};
struct PodTopOptions {
    std::string pod;
    std::vector<std::string> columns;
};
using PodVerb = std::variant<PodCreateOptions, PodPsOptions, PodInspectOptions, PodStartOptions,
                             PodStopOptions, PodKillOptions, PodRmOptions, PodLogsOptions, PodTopOptions>;

struct NetworkCreateOptions {
    std::vector<std::string> subnets;
    bool is_internal = false;
    bool without_names = false;
    std::uint32_t mtu = 0;
    bool ignore = false;
    std::string name;
};
struct NetworkLsOptions {
    bool is_quiet = false;
};
struct NetworkInspectOptions {
    std::vector<std::string> networks;
};
struct NetworkRmOptions {
    bool force = false;
    std::vector<std::string> networks;
};
struct NetworkPruneOptions {
    bool force = false;
};
struct NetworkExistsOptions {
    std::string network;
};
using NetworkVerb = std::variant<NetworkCreateOptions, NetworkLsOptions, NetworkInspectOptions,
                                 NetworkRmOptions, NetworkPruneOptions, NetworkExistsOptions>;

struct ApplyOptions {
    std::vector<std::string> files; ///< "-": standard input
    bool start = true;
    bool replace = false;
    std::vector<std::string> networks;
    std::vector<std::string> ports;
    std::string pull = "missing";
    bool verify_tls = true;
    bool is_quiet = false;
};
struct DownOptions {
    std::vector<std::string> files;
    std::optional<std::uint32_t> timeout_seconds;
    bool force = false; ///< with the named volumes of the manifest
    std::vector<std::string> pods;
};

} // namespace redoubt::ctl
