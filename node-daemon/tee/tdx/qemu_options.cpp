// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/tee/tdx/qemu_options.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "common/encoding/base64.hpp"

namespace redoubt::node::tee::tdx {
namespace {

constexpr std::size_t k_mr_config_id_size = 48;
constexpr std::uint64_t k_may_debug = 1;

Status check(const LaunchOptions& launch) {
    if (launch.mr_config_id.size() != k_mr_config_id_size)
        return fail(Code::invalid_argument, "MRCONFIGID of {} bytes, where {} belong",
                    launch.mr_config_id.size(), k_mr_config_id_size);
    if ((launch.attributes & k_may_debug) != 0)
        return fail(Code::invalid_argument, "attributes {:#x} allow debugging", launch.attributes);
    if (launch.firmware.empty() || launch.firmware.contains(','))
        return fail(Code::invalid_argument, "'{}' is no file of a firmware", launch.firmware);
    return {};
}

constexpr const char* k_machine = "q35,confidential-guest-support=tee0,memory-backend=ram0,"
                                  "kernel-irqchip=split,smm=off,dump-guest-core=off";

boost::json::object render_launch(const LaunchOptions& launch) {
    boost::json::object object{{"qom-type", "tdx-guest"},
                               {"id", "tee0"},
                               {"attributes", launch.attributes},
                               {"mrconfigid", encoding::to_base64(launch.mr_config_id)}};
    if (launch.quote_service_port != 0)
        object["quote-generation-socket"] = boost::json::object{
            {"type", "vsock"}, {"cid", "2"}, {"port", std::to_string(launch.quote_service_port)}};
    return object;
}

} // namespace

Result<std::vector<std::string>> qemu_options(const LaunchOptions& launch) {
    RDT_CHECK(check(launch));
    const boost::json::object memory{
        {"qom-type", "memory-backend-memfd"}, {"id", "ram0"}, {"size", launch.memory_bytes}};
    return std::vector<std::string>{"-machine", k_machine,
                                    "-accel",   "kvm",
                                    "-cpu",     "host",
                                    "-object",  boost::json::serialize(memory),
                                    "-object",  boost::json::serialize(render_launch(launch)),
                                    "-bios",    launch.firmware};
}

} // namespace redoubt::node::tee::tdx
