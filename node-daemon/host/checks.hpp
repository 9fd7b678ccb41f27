// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What a node needs of its host, looked at one by one: for `redoubtctl node check`.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"
#include "node-daemon/host/accelerator.hpp"
#include "node-daemon/host/secure_processor.hpp"
#include "node-daemon/launch/isolation_level.hpp"

namespace redoubt::node::host {

enum class Verdict : std::uint8_t { ok, warning, failed };

struct CheckResult {
    std::string name;
    Verdict verdict = Verdict::ok;
    std::string detail;
    std::string remedy; ///< empty when ok
};

/// The guest image's parts, as the configuration names them.
struct GuestFiles {
    std::filesystem::path kernel;
    std::filesystem::path initramfs;
    std::filesystem::path confidential_initramfs;
    std::filesystem::path manifest;
};

/// What the manifest says. Source: docs/formats/guest-manifest.md.
struct GuestManifest {
    std::string agent_version;
    std::string kernel_sha384;
    std::string initramfs_sha384;
    std::string confidential_initramfs_sha384;
};
/// Errors: not_found, invalid_argument "guest-manifest.json.kernel.sha384: missing".
[[nodiscard]] Result<GuestManifest> read_guest_manifest(const std::filesystem::path& path);
[[nodiscard]] Result<GuestManifest> parse_guest_manifest(std::string_view text);

/// The programs of the levels without a VM, as the configuration names them.
struct RuntimePrograms {
    std::filesystem::path monitor;
    std::filesystem::path runc;
    std::filesystem::path runsc;
    std::string gvisor_platform;
};

struct CheckInputs {
    std::filesystem::path qemu;
    GuestFiles guest;
    std::filesystem::path state_directory;
    AcceleratorChoice accelerator;
    RuntimePrograms runtimes;
    launch::IsolationLevel minimum_level = launch::IsolationLevel::gvisor;
    launch::ConfidentialMeans confidential = {};
    SecureProcessors processors = {};
};

/// All checks, in a fixed order. Reads the guest's files (some MB), so it blocks for some ten milliseconds.
[[nodiscard]] std::vector<CheckResult> check_host(const CheckInputs& inputs);

[[nodiscard]] CheckResult check_program(const std::string& name, const std::filesystem::path& path,
                                        const std::string& remedy);
[[nodiscard]] CheckResult check_accelerator(const AcceleratorChoice& choice);
[[nodiscard]] CheckResult check_guest(const GuestFiles& files);
/// One answer a level: whether it can be used, or why not. A level that policy forbids is ok.
[[nodiscard]] std::vector<CheckResult> check_levels(const RuntimePrograms& programs,
                                                    launch::IsolationLevel minimum);
/// Whether the level confidential can be had, on what, and whether that is a simulation.
[[nodiscard]] CheckResult check_confidential(const launch::ConfidentialMeans& means,
                                             const AcceleratorChoice& accelerator);
/// What the processor offers. One that is there and not used is a warning; a host without is well.
[[nodiscard]] std::vector<CheckResult> check_processors(const SecureProcessors& processors);
[[nodiscard]] CheckResult check_space(const std::filesystem::path& directory);
[[nodiscard]] CheckResult check_cgroups(const std::filesystem::path& root = "/sys/fs/cgroup");

/// Finds a program in the folders the daemon looks in; empty when there is none.
[[nodiscard]] std::filesystem::path find_program(const std::string& name);

} // namespace redoubt::node::host
