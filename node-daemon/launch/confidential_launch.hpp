// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What a VM of the level confidential has beside others. Values only. Decisions: docs/adr/0027, 0032.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>

namespace redoubt::node::launch {

/// redoubt-simtee plays the secure processor: QEMU connects to it, and it measures that QEMU.
/// Of all three: paths are those of who starts the VM, and travel in no request to a launcher.
struct SimulatedLaunch {
    std::filesystem::path simulator; ///< its socket
    std::string host_data;           ///< 32 raw bytes, as SEV-SNP's HOST_DATA
    /// That runs, on a q35, and is not what is measured; empty: a microvm, which boots without one.
    std::filesystem::path firmware = {};
};

/// AMD 56860, guest policy: debugging and migration are off, SMT is allowed; bit 17 is always one.
inline constexpr std::uint64_t k_snp_policy = 0x30000;

struct SnpLaunch {
    std::string host_data; ///< 32 raw bytes
    std::uint64_t policy = k_snp_policy;
    std::string id_block = {}; ///< 96 raw bytes; empty: the launch is bound to no owner
    std::string id_auth = {};  ///< 4096 raw bytes, with an id block
    bool has_author_key = false;
    std::filesystem::path firmware = {}; ///< measured, and runs
    std::string cpu_model = {};          ///< of QEMU, measured: "EPYC-v4"
    std::uint32_t c_bit = 51;            ///< CPUID 0x8000001F EBX, bits 5:0
    std::uint32_t reduced_phys_bits = 1; ///< same register, bits 11:6
};

/// Intel TDX Module ABI, ATTRIBUTES: SEPT_VE_DISABLE alone; no debugging.
inline constexpr std::uint64_t k_td_attributes = 1ULL << 28U;

struct TdxLaunch {
    std::string mr_config_id; ///< 48 raw bytes
    std::uint64_t attributes = k_td_attributes;
    std::filesystem::path firmware = {};  ///< measured, and runs
    std::uint32_t quote_service_port = 0; ///< vsock port of the host's quote generation; 0: none
};

/// Which secure processor a VM is launched with. To add one: an alternative here, and whatever then does not
/// compile.
using ConfidentialLaunch = std::variant<SimulatedLaunch, SnpLaunch, TdxLaunch>;

/// Whether nothing but a process of the host answers for the guest.
[[nodiscard]] constexpr bool is_simulated(const ConfidentialLaunch& launch) {
    return std::holds_alternative<SimulatedLaunch>(launch);
}

/// What a host with SEV-SNP needs to launch, beside the guest's own.
struct SnpMeans {
    std::filesystem::path firmware;
    std::string cpu_model = "EPYC-v4";
    std::uint32_t c_bit = 51;
    std::uint32_t reduced_phys_bits = 1;
};

struct TdxMeans {
    std::filesystem::path firmware;
    std::uint32_t quote_service_port = 0;
};

/// What this node has for the level, as its settings and its processor say. A real processor goes before the
/// simulator, and neither stands in for the other.
struct ConfidentialMeans {
    std::filesystem::path simulator;               ///< redoubt-simtee's socket; empty: none
    bool has_relay = false;                        ///< guests reach their key broker through the daemon
    std::filesystem::path simulator_firmware = {}; ///< that simulated guests boot through; empty: none
    std::optional<SnpMeans> snp = {};
    std::optional<TdxMeans> tdx = {};

    [[nodiscard]] bool has_processor() const { return snp || tdx || !simulator.empty(); }
    [[nodiscard]] bool is_simulation() const { return !snp && !tdx && !simulator.empty(); }
};

/// Socket of the relay's port in the VM's folder. Source: docs/formats/relay.md.
inline constexpr auto k_relay_socket = "relay.sock";

} // namespace redoubt::node::launch
