// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launch/container_devices.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace redoubt::node::launch {
namespace {

constexpr std::size_t k_max_devices = 64;

struct KnownDevice {
    std::string_view path;
    std::int64_t major;
    std::int64_t minor;
};

// What guest-image/kernel/redoubt.config builds in. Source of the numbers: Linux admin-guide/devices.txt.
constexpr std::array<KnownDevice, 4> k_known = {{
    {"/dev/fuse", 10, 229},
    {"/dev/hwrng", 10, 183},
    {"/dev/kmsg", 1, 11},
    {"/dev/loop-control", 10, 237},
}};

struct Wanted {
    std::string source, target, access = "rwm";
};

bool is_access(std::string_view word) {
    return !word.empty() && word.find_first_not_of("rwm") == std::string_view::npos;
}

Result<Wanted> parse_device(const std::string& text) {
    std::vector<std::string> words(1);
    for (const char c : text) {
        if (c == ':')
            words.emplace_back();
        else
            words.back() += c;
    }
    Wanted wanted{.source = words.front(), .target = words.front()};
    // As podman reads it: a second word may be the access.
    if (words.size() == 2 && is_access(words[1]))
        wanted.access = words[1];
    else if (words.size() >= 2)
        wanted.target = words[1];
    if (words.size() == 3) wanted.access = words[2];
    const bool is_wrong = words.size() > 3 || !wanted.source.starts_with('/') || !is_access(wanted.access) ||
                          !wanted.target.starts_with('/') || wanted.target.contains('\0') ||
                          wanted.target.contains("..") || wanted.target.ends_with('/');
    if (is_wrong)
        return fail(Code::invalid_argument, "device '{}': not SOURCE[:TARGET][:ACCESS], ACCESS of r, w, m",
                    text);
    return wanted;
}

std::string known_paths() {
    std::string paths;
    for (const auto& device : k_known) paths += (paths.empty() ? "" : ", ") + std::string(device.path);
    return paths;
}

} // namespace

Result<ContainerDevices> choose_devices(const ContainerConfig& request) {
    if (request.devices.size() > k_max_devices)
        return fail(Code::invalid_argument, "{} devices; the most is {}", request.devices.size(),
                    k_max_devices);
    ContainerDevices chosen;
    for (const auto& text : request.devices) {
        RDT_TRY(const auto wanted, parse_device(text));
        const auto* const known = std::ranges::find(k_known, wanted.source, &KnownDevice::path);
        if (known == k_known.end())
            return fail(Code::unimplemented,
                        "device '{}': a micro-VM has devices of its own, of the host's none is passed on: {}",
                        wanted.source, known_paths());
        if (std::ranges::contains(chosen.nodes, wanted.target, &oci::Device::path))
            return fail(Code::invalid_argument, "two devices at '{}'", wanted.target);
        chosen.nodes.push_back(
            {.path = wanted.target, .type = "c", .major = known->major, .minor = known->minor});
        chosen.rules.push_back({.allow = true,
                                .type = "c",
                                .major = known->major,
                                .minor = known->minor,
                                .access = wanted.access});
    }
    return chosen;
}

} // namespace redoubt::node::launch
