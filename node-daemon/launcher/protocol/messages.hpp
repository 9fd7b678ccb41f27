// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What redoubtd asks redoubt-launcher for, and what it is told: one packet each. Pure.
/// Format: docs/formats/launcher.md.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/error.hpp"
#include "node-daemon/launch/vm_spec.hpp"
#include "node-daemon/network/catalog.hpp"
#include "node-daemon/network/network.hpp"

namespace redoubt::node::launcher {

/// Most bytes of a packet, and most descriptors with it.
inline constexpr std::size_t k_most_bytes = 128U << 10U;
inline constexpr std::size_t k_most_descriptors = 250; // SCM_MAX_FD of Linux is 253

// ---- requests: a number of the order below, then the fields

struct Hello {};
/// Descriptors: those of make_command() in its order, but the one of /dev/kvm, which the launcher opens.
/// Paths of kernel, initramfs and disks do not travel, nor do the numbers of taps; nor does what the launcher
/// knows by itself of a confidential launch: where its simulator listens.
struct StartVm {
    launch::VmSpec spec;
};
/// How a VM ended. Errors: not_found it was not started by this life of the launcher.
struct CollectVm {
    SandboxId sandbox;
    std::uint32_t pid = 0;
};
/// SIGKILL, without waiting.
struct KillVm {
    SandboxId sandbox;
};
/// SIGKILL to all that is the sandbox's, until nothing is left, its control group neither.
struct ReapVm {
    SandboxId sandbox;
};
struct GetKnownNetworks {};
struct MakeNamespace {
    SandboxId sandbox;
};
struct RemoveNamespace {
    SandboxId sandbox;
};
/// With a descriptor of the namespace: one that redoubtd kept before there was a launcher.
struct AdoptNamespace {
    SandboxId sandbox;
};
struct Attach {
    network::AttachRequest request;
};
struct Detach {
    SandboxId sandbox;
};
struct CheckNetwork {
    SandboxId sandbox;
};
/// The answer has a descriptor for each queue.
struct MakeTap {
    network::TapRequest request;
};
struct CollectGarbage {
    std::vector<SandboxId> living;
};
struct ListNetworks {};
struct CreateNetwork {
    network::NewNetwork wanted;
};
struct RemoveNetwork {
    std::string name;
};

using Request = std::variant<Hello, StartVm, CollectVm, KillVm, ReapVm, GetKnownNetworks, MakeNamespace,
                             RemoveNamespace, AdoptNamespace, Attach, Detach, CheckNetwork, MakeTap,
                             CollectGarbage, ListNetworks, CreateNetwork, RemoveNetwork>;

// ---- answers

struct Done {};
struct Welcome {
    std::string hypervisor; ///< "QEMU 11.1.3"; empty: it cannot be started
    std::string isolation;  ///< of VMs, for people
    bool has_kvm = false;
};
/// Descriptors: the process (a pidfd), and what it prints.
struct VmStarted {
    std::uint32_t pid = 0;
    std::string start_time; ///< field 22 of /proc/PID/stat
    /// Of the VM that was made, so that nobody takes one for more than it is.
    launch::IsolationLevel level = launch::IsolationLevel::vm;
};
struct VmEnded {
    std::optional<std::uint32_t> code;
    std::optional<std::uint32_t> signal;
};
struct TapMade {
    launch::GuestInterface interface;
    std::vector<launch::GuestRoute> routes;
};

using Answer = std::variant<Error, Done, Welcome, VmStarted, VmEnded, network::KnownNetworks,
                            network::Attachment, TapMade, network::NetworkList, network::NetworkInfo>;

[[nodiscard]] std::string encode(const Request& request);
[[nodiscard]] std::string encode(const Answer& answer);

/// Errors: failed_precondition another version of the format; invalid_argument.
[[nodiscard]] Result<Request> decode_request(std::string_view packet);
[[nodiscard]] Result<Answer> decode_answer(std::string_view packet);

} // namespace redoubt::node::launcher
