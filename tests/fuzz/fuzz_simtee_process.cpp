// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// A process that connects chooses its arguments, its name and its environment. A launch that is read from
// them has the mark.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "services/simtee/peer_process.hpp"
#include "services/simtee/qemu_command.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::services::simtee;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    (void)parse_start_ticks(bytes);
    (void)parse_tracer(bytes);
    (void)descriptor_in(bytes);
    if (const auto launch = parse_qemu_command(split_at_nul(bytes)))
        if (!launch->cmdline.contains("redoubt.simtee=1") || launch->kernel.empty() || launch->vcpus == 0)
            std::abort();
    return 0;
}
