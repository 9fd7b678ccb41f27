// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <fcntl.h>

#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include "common/base/file.hpp"
#include "guest-image/agent/mount/disk_source.hpp"
#include "guest-image/agent/sandbox/sandbox.hpp"

namespace redoubt::guest::sandbox {

namespace {

/// Where the host may place files, below the run folder. Source: Kata 4.1.0.
constexpr std::string_view k_placed = "shared/containers";

} // namespace

Status Sandbox::update_ephemeral_mounts(std::vector<mount::Storage> storages) {
    for (auto& storage : storages) RDT_CHECK(mounter_.update(std::move(storage)));
    return {};
}

Result<mount::VolumeUsage> Sandbox::volume_usage(const std::string& path) const {
    RDT_TRY(const auto place, mounter_.open_inside(path, O_PATH));
    return mount::volume_usage(place.get());
}

Status Sandbox::resize_volume(const std::string& path, std::uint64_t size) const {
    RDT_TRY(const auto folder, mounter_.open_inside(path, O_RDONLY | O_DIRECTORY));
    return mount::grow_volume(folder.get(), size);
}

Status Sandbox::place_file(mount::PlacedFile file) const {
    const auto folder = (options_.base / k_placed).native();
    const auto prefix = folder + "/";
    if (!file.path.starts_with(prefix) || !mounter_.inside_base(file.path))
        return fail(Code::invalid_argument, "path '{}' does not lie below {}", file.path, folder);
    RDT_TRY(const auto root, mounter_.open_target(folder));
    file.path.erase(0, prefix.size());
    return mount::place_file(root.get(), file);
}

Task<void> Sandbox::add_swap(std::string driver, std::string disk) {
    RDT_CO_TRY(auto source, mount::parse_disk_source(driver, disk));
    RDT_CO_TRY(const auto node,
               co_await mount::wait_for_disk(std::move(source), std::nullopt, options_.hotplug_timeout));
    co_return mount::add_swap(node);
}

} // namespace redoubt::guest::sandbox
