// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// Texts of /proc and cgroups, split by NUL, and a kernel command line.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <tuple>

#include "guest-image/agent/agent_options.hpp"
#include "guest-image/agent/sandbox/guest_metrics.hpp"
#include "guest-image/oci_runtime/cgroup.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::guest;
    std::string_view input(reinterpret_cast<const char*>(data), size); // NOLINT: bytes are bytes
    sandbox::ProcTexts texts;
    for (auto* text : {&texts.meminfo, &texts.vmstat, &texts.stat, &texts.loadavg, &texts.diskstats,
                       &texts.net_dev, &texts.own_status, &texts.own_stat, &texts.own_io}) {
        *text = input.substr(0, input.find('\0'));
        input.remove_prefix(std::min(input.size(), text->size() + 1));
    }
    // No text of a file may begin a line of its own in the answer.
    const auto metrics = sandbox::render_metrics(texts, 1);
    if (!metrics.ends_with('\n') || metrics.contains("\n\n")) std::abort();
    std::ignore = oci_runtime::parse_block_usage(texts.meminfo);
    AgentOptions options;
    std::ignore = apply_kernel_command_line(options, texts.meminfo);
    return 0;
}
