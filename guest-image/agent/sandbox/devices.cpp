// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/sandbox/devices.hpp"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <tuple>
#include <utility>

#include "guest-image/agent/mount/disk_source.hpp"
#include "guest-image/agent/sandbox/sandbox.hpp"

namespace redoubt::guest::sandbox {

namespace {

constexpr std::size_t k_max_devices = 256;
using Number = std::tuple<std::string, std::int64_t, std::int64_t>; // type, major, minor

} // namespace

std::vector<std::string> device_drivers() {
    return {"blk", "mmioblk", "scsi"};
}

Result<FoundDevice> look_at_device(const std::string& node, const std::string& container_path) {
    struct stat status{};
    if (::stat(node.c_str(), &status) != 0) return fail_errno(errno, "look at device {}", node);
    if (!S_ISBLK(status.st_mode) && !S_ISCHR(status.st_mode))
        return fail(Code::failed_precondition, "{} is no device", node);
    return FoundDevice{container_path, S_ISBLK(status.st_mode) ? "b" : "c", major(status.st_rdev),
                       minor(status.st_rdev)};
}

Status replace_devices(oci::Linux& spec, const std::vector<FoundDevice>& found) {
    std::map<Number, Number> replaced;
    for (const auto& device : found) {
        const auto place = std::ranges::find(spec.devices, device.container_path, &oci::Device::path);
        if (place == spec.devices.end())
            return fail(Code::invalid_argument, "device '{}': the specification has none at that path",
                        device.container_path);
        replaced[{place->type, place->major, place->minor}] = {device.type, device.major, device.minor};
        place->type = device.type;
        place->major = device.major;
        place->minor = device.minor;
    }
    for (auto& rule : spec.resources.devices) {
        const auto now = replaced.find({rule.type, rule.major, rule.minor});
        if (now != replaced.end()) std::tie(rule.type, rule.major, rule.minor) = now->second;
    }
    return {};
}

Task<void> Sandbox::add_devices(std::shared_ptr<Container> container, std::vector<DeviceRequest> devices) {
    if (devices.size() > k_max_devices)
        co_return fail(Code::invalid_argument, "{} devices are more than {}", devices.size(), k_max_devices);
    std::vector<FoundDevice> found;
    for (const auto& device : devices) {
        const auto in_front = context("device '{}'", device.container_path.substr(0, 256));
        if (!std::ranges::contains(device_drivers(), device.type))
            co_return fail(Code::unimplemented, "device type '{}' is not implemented by this agent",
                           device.type.substr(0, 64));
        const auto& disk = device.type == "mmioblk" ? device.vm_path : device.id;
        RDT_CO_TRY(auto source, mount::parse_disk_source(device.type, disk).transform_error(in_front));
        auto node = co_await mount::wait_for_disk(std::move(source), std::nullopt, options_.hotplug_timeout);
        if (!node) co_return std::unexpected(in_front(node.error()));
        RDT_CO_TRY(auto seen, look_at_device(*node, device.container_path).transform_error(in_front));
        found.push_back(std::move(seen));
    }
    co_return replace_devices(container->spec.linux_part, found);
}

} // namespace redoubt::guest::sandbox
