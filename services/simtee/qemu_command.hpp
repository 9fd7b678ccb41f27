// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What a QEMU process was told to launch, read from its own arguments. Whatever is not on the list of what a
/// guest needs is refused, by name: what is not known could be a way for the host into the guest.

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::services::simtee {

/// Which secure processor the launch is meant for.
enum class Platform : std::uint8_t { amd, intel };

/// Carries an AMD guest's HOST_DATA: -fw_cfg name=opt/org.redoubt/host-data,string=BASE64 of 32 bytes.
inline constexpr std::string_view k_host_data_item = "opt/org.redoubt/host-data";
/// Carries an Intel guest's MRCONFIGID, base64 of 48 bytes. A command with it is an Intel launch.
inline constexpr std::string_view k_mr_config_id_item = "opt/org.redoubt/mrconfigid";

struct Launch {
    Platform platform = Platform::amd;
    std::string kernel;   ///< path as QEMU was given it
    std::string initrd;   ///< empty: none
    std::string firmware; ///< of -bios; empty: what the machine has by itself
    std::string cmdline;
    std::uint32_t vcpus = 1;
    std::string cpu_model;     ///< empty: the machine's own
    std::string config_digest; ///< raw HOST_DATA (32 bytes) or MRCONFIGID (48 bytes)
};

/// Reads a QEMU command, its program first. Limits: 4096 arguments. Errors: permission_denied an option that
/// is not on the list, or a command line without the mark; invalid_argument a value that cannot be read;
/// failed_precondition no kernel.
[[nodiscard]] Result<Launch> parse_qemu_command(const std::vector<std::string>& arguments);

} // namespace redoubt::services::simtee
