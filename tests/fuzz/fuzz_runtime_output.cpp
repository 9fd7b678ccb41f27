// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// What runc and runsc print and log, in which a container has its say: names of its processes, of its
// programs.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "node-daemon/runtime/host_container.hpp"
#include "node-daemon/runtime/memory_events.hpp"
#include "node-daemon/runtime/runtime_command.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::node::runtime;
    const std::string_view text(reinterpret_cast<const char*>(data), size); // NOLINT: bytes are bytes
    if (explain_failure(text, "verb").message.empty()) std::abort();
    static_cast<void>(parse_usage(text));
    static_cast<void>(parse_interface_counters(text));
    static_cast<void>(memory_events_of(text, "/nowhere"));
    for (const auto& process : parse_process_table(text))
        if (process.name.empty() || process.name.contains('\n')) std::abort();
    return 0;
}
