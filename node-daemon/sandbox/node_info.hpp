// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "node-daemon/sandbox/container_spec.hpp"

namespace redoubt::node::sandbox {

struct NodeInfo {
    std::string version;
    std::string hostname;
    std::string kernel;
    std::filesystem::path state_directory;
    std::string hypervisor_version;
    std::string accelerator;        ///< "kvm" or "tcg"
    std::string accelerator_reason; ///< why not KVM
    std::string guest_kernel_sha384;
    std::string guest_initramfs_sha384;
    std::string guest_version;
    std::uint64_t containers_running = 0;
    std::uint64_t containers_total = 0;
    std::uint64_t images = 0;
    std::uint32_t cpus = 0;
    std::uint64_t memory_bytes = 0;
    UnixTime started_at = 0;
    std::uint32_t pool_size = 0;    ///< VMs of a kind that are to wait
    std::uint32_t pool_waiting = 0; ///< of all kinds, that do
};

enum class Verdict : std::uint8_t { ok, warning, failed };

/// One thing the node needs, and what to do when it is missing.
struct NodeCheck {
    std::string name;
    Verdict verdict = Verdict::ok;
    std::string detail;
    std::string remedy;
};

} // namespace redoubt::node::sandbox
