// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// `redoubtctl measure`. No daemon is asked.

#include <boost/json.hpp>

#include <format>

#include "common/encoding/hex.hpp"
#include "node-daemon/ctl/guest_launch.hpp"
#include "node-daemon/ctl/json_output.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {
namespace {

std::string render(const GuestLaunch& guest) {
    std::string out;
    for (const auto& value : guest.values) out += std::format("{:<23} {}\n", value.name, value.hex);
    if (guest.initdata) out += std::format("{:<23} {}\n", "init_data", guest.initdata->digest().str());
    out += std::format("{:<23} {}\n", "vcpus", guest.vm.vcpus);
    out += std::format("{:<23} {}\n", "kernel_cmdline", guest.vm.cmdline);
    return out;
}

boost::json::object render_json(const GuestLaunch& guest, const GuestMachine& machine) {
    boost::json::object values;
    for (const auto& value : guest.values) values[value.name] = value.hex;
    boost::json::object document{{"format", "redoubt-launch/1"},
                                 {"processor", machine.processor},
                                 {"pod", guest.pod},
                                 {"measurement", guest.values.front().hex},
                                 {"values", std::move(values)},
                                 {"firmware", guest.firmware},
                                 {"kernel", guest.vm.kernel.native()},
                                 {"initrd", guest.vm.initramfs.native()},
                                 {"kernel_cmdline", guest.vm.cmdline},
                                 {"vcpus", guest.vm.vcpus},
                                 {"initdata_digest", nullptr}};
    if (guest.initdata) document["initdata_digest"] = guest.initdata->digest().str();
    return document;
}

} // namespace

Result<int> measure(const Invocation& invocation) {
    const auto& options = std::get<MeasureOptions>(invocation.verb);
    RDT_TRY(const auto guest, plan_guest_launch(options));
    RDT_CHECK(print(invocation.json ? indented_json(render_json(guest, options.machine)) : render(guest)));
    return 0;
}

} // namespace redoubt::ctl
