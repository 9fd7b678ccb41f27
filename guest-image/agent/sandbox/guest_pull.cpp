// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <fcntl.h>

#include <format>
#include <utility>

#include "common/base/file.hpp"
#include "guest-image/agent/mount/disk_source.hpp"
#include "guest-image/agent/sandbox/sandbox.hpp"

namespace redoubt::guest::sandbox {

namespace {

/// The folder that a new disk has. Source: mount/sealed_disk.hpp.
constexpr const char* k_data = "_data";

Task<UniqueFd> open_disk(std::string address, Duration limit) {
    RDT_CO_TRY(auto source, mount::parse_scsi_address(address));
    RDT_CO_TRY(const auto device, co_await mount::wait_for_disk(source, std::nullopt, limit));
    co_return open_file(device, O_RDONLY);
}

Task<image::PullDisks> open_disks(const image::PullRequest& request, Duration limit) {
    image::PullDisks disks;
    RDT_CO_TRY(disks.manifest, co_await open_disk(request.manifest_disk, limit));
    RDT_CO_TRY(disks.config, co_await open_disk(request.config_disk, limit));
    for (const auto& layer : request.layer_disks) {
        RDT_CO_TRY(auto disk, co_await open_disk(layer, limit));
        disks.layers.push_back(std::move(disk));
    }
    if (!request.signatures_disk.empty()) {
        RDT_CO_TRY(disks.signatures, co_await open_disk(request.signatures_disk, limit));
    }
    co_return disks;
}

/// A disk with a key that nobody keeps: what is unpacked, and what the container writes.
mount::Storage scratch_storage(const std::string& address, const std::string& folder) {
    return {.driver = "scsi",
            .driver_options = {"encryption_key=ephemeral"},
            .source = address,
            .fstype = "ext4",
            .options = {"rw"},
            .mount_point = folder};
}

mount::Storage overlay_storage(const std::vector<std::string>& layers, const std::string& folder,
                               std::string mount_point) {
    std::string lower = "lowerdir=";
    for (auto i = layers.size(); i-- > 0;) // overlayfs wants the top first
        lower += std::format("{}/{}{}", folder, layers[i], i > 0 ? ":" : "");
    return {.driver = "overlayfs",
            .source = "overlay",
            .fstype = "overlay",
            .options = {lower, "upperdir=" + folder + "/upper", "workdir=" + folder + "/work"},
            .mount_point = std::move(mount_point)};
}

Status check_shape(const mount::Storage& storage) {
    if (storage.fstype != "overlay" && !storage.fstype.empty())
        return fail(Code::invalid_argument, "filesystem type '{}' is not overlay",
                    storage.fstype.substr(0, 64));
    if (!storage.options.empty())
        return fail(Code::invalid_argument, "option '{}' has no meaning for an image that is pulled",
                    storage.options.front().substr(0, 64));
    if (storage.is_shared || storage.fs_group)
        return fail(Code::invalid_argument, "an image is one container's own, and has no group");
    return {};
}

} // namespace

/// Kata's driver image_guest_pull: the image comes from the host's disks, and is believed in nothing that its
/// digest does not say.
Task<void> Sandbox::pull_image(std::shared_ptr<Container> container, mount::Storage storage) {
    const auto in_front =
        context("storage {} at {}", image::k_pull_driver, storage.mount_point.substr(0, 256));
    auto pulled = co_await pull_checked(std::move(container), std::move(storage));
    co_return pulled.transform_error(in_front);
}

Task<void> Sandbox::pull_checked(std::shared_ptr<Container> container, mount::Storage storage) {
    RDT_CO_CHECK(mount::check_storage(storage));
    RDT_CO_CHECK(check_shape(storage));
    auto* const keyed = options_.keyed_work;
    if (keyed == nullptr)
        co_return fail(Code::unimplemented, "images are pulled by the agent of confidential guests alone");
    RDT_CO_TRY(auto request, keyed->read_request(storage.source, storage.driver_options));
    const auto place = (options_.base / container->id.str() / "image").native();
    const auto folder = place + "/" + k_data;
    RDT_CO_TRY(auto disks, co_await open_disks(request, options_.hotplug_timeout));
    RDT_CO_CHECK(co_await mounter_.acquire(scratch_storage(request.scratch_disk, place)));
    container->mount_points.push_back(place);
    RDT_CO_TRY(auto scratch, mounter_.open_inside(folder, O_RDONLY | O_DIRECTORY));
    RDT_CO_TRY(const auto layers,
               co_await keyed->pull(std::move(request), std::move(disks), std::move(scratch)));
    auto overlay = overlay_storage(layers, folder, storage.mount_point);
    container->layers = containers::layers_of(overlay.options);
    RDT_CO_CHECK(co_await mounter_.acquire(std::move(overlay)));
    container->mount_points.push_back(storage.mount_point);
    co_return Status{};
}

} // namespace redoubt::guest::sandbox
