// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launch/container_mounts.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <format>
#include <string_view>
#include <utility>

namespace redoubt::node::launch {
namespace {

constexpr std::uint64_t k_kibibyte = 1024;
constexpr std::uint64_t k_default_shm = 64 * k_kibibyte * k_kibibyte;
constexpr std::size_t k_max_mounts = 128;
constexpr std::size_t k_max_path = 4096; // PATH_MAX

std::string size_option(std::uint64_t bytes) {
    return std::format("size={}k", (bytes + k_kibibyte - 1) / k_kibibyte);
}

std::vector<oci::Mount> make_kernel_mounts(const ContainerConfig& request) {
    const std::string access = request.privileged ? "rw" : "ro";
    const auto shm = size_option(request.shm_bytes != 0 ? request.shm_bytes : k_default_shm);
    return {
        {"/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}},
        {"/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}},
        {"/dev/pts",
         "devpts",
         "devpts",
         {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}},
        {"/dev/shm", "shm", "tmpfs", {"nosuid", "noexec", "nodev", "mode=1777", shm}},
        {"/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}},
        {"/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", access}},
        {"/sys/fs/cgroup", "cgroup2", "cgroup2", {"nosuid", "noexec", "nodev", "relatime", access}},
    };
}

std::string normal_path(const std::string& path) {
    auto normal = std::filesystem::path(path).lexically_normal().native();
    while (normal.size() > 1 && normal.ends_with('/')) normal.pop_back();
    return normal;
}

Status check_mount(const ContainerMount& mount) {
    const auto& target = mount.target;
    if (!target.starts_with('/') || target.find('\0') != std::string::npos || target.size() >= k_max_path)
        return fail(Code::invalid_argument, "mount at '{}': not an absolute path", target);
    const auto place = normal_path(target);
    if (place == "/")
        return fail(Code::invalid_argument, "mount at '/': the image is there; choose a folder below it");
    for (const std::string_view kernels : {"/proc", "/sys", "/dev"}) {
        const bool is_below = place.starts_with(std::string(kernels) + "/");
        // Memory and data below /dev do no harm; over the kernel's tables they hide what protects it.
        if (place == kernels || (is_below && kernels != "/dev"))
            return fail(Code::invalid_argument, "mount at '{}': {} is the kernel's; choose another place",
                        target, kernels);
    }
    constexpr std::array k_words{"exec", "noexec", "suid", "nosuid", "dev", "nodev"};
    for (const auto& word : mount.options)
        if (!std::ranges::contains(k_words, word))
            return fail(Code::invalid_argument,
                        "mount at '{}': option '{}' is not exec, noexec, suid, nosuid, dev or nodev", target,
                        word);
    if (mount.tmpfs_mode > 07777)
        return fail(Code::invalid_argument, "mount at '{}': mode {:o} is beyond 7777", target,
                    mount.tmpfs_mode);
    return {};
}

/// `defaults` unless the mount says the opposite of one.
std::vector<std::string> choose_options(const ContainerMount& mount,
                                        std::initializer_list<std::string> defaults) {
    std::vector<std::string> chosen = mount.options;
    for (const auto& word : defaults)
        if (!std::ranges::contains(chosen, word.substr(2)) && !std::ranges::contains(chosen, word))
            chosen.push_back(word);
    chosen.emplace_back(mount.read_only ? "ro" : "rw");
    return chosen;
}

oci::Mount make_memory(const ContainerMount& mount) {
    oci::Mount made{mount.target, "tmpfs", "tmpfs", choose_options(mount, {"nosuid", "noexec", "nodev"})};
    made.options.push_back(std::format("mode={:o}", mount.tmpfs_mode));
    if (mount.tmpfs_bytes != 0) made.options.push_back(size_option(mount.tmpfs_bytes));
    return made;
}

oci::Mount make_bind(const ContainerMount& mount, const std::string& disk) {
    const bool is_all_of_it = mount.kind == MountKind::bind && !mount.is_file;
    oci::Mount made{mount.target, is_all_of_it ? disk : disk + "/" + k_volume_folder, "bind",
                    choose_options(mount, {"nosuid", "nodev"})};
    made.options.insert(made.options.begin(), "bind");
    if (mount.kind == MountKind::volume && !mount.without_copy) made.options.emplace_back(k_copy_up);
    return made;
}

oci::Mount make_shared(const ContainerMount& mount) {
    oci::Mount made{mount.target, mount.source, "bind", choose_options(mount, {"nosuid", "nodev"})};
    if (!mount.sub_path.empty()) made.source += "/" + mount.sub_path;
    made.options.insert(made.options.begin(), "bind");
    return made;
}

bool is_same(const VolumeDisk& disk, const ContainerMount& mount) {
    return disk.kind == mount.kind && disk.source == mount.source;
}

Status check_mounts(const std::vector<ContainerMount>& mounts) {
    if (mounts.size() > k_max_mounts)
        return fail(Code::invalid_argument, "{} mounts; the most is {}", mounts.size(), k_max_mounts);
    for (auto mount = mounts.begin(); mount != mounts.end(); ++mount) {
        RDT_CHECK(check_mount(*mount));
        const auto place = normal_path(mount->target);
        const bool is_taken = std::any_of(mounts.begin(), mount, [&place](const ContainerMount& other) {
            return normal_path(other.target) == place;
        });
        if (is_taken) return fail(Code::invalid_argument, "two mounts at '{}'", place);
    }
    return {};
}

} // namespace

std::vector<VolumeDisk> list_disks(const std::vector<ContainerMount>& mounts) {
    std::vector<VolumeDisk> disks;
    for (const auto& mount : mounts) {
        if (mount.kind == MountKind::tmpfs || mount.kind == MountKind::pod) continue;
        if (std::ranges::any_of(disks, [&mount](const auto& disk) { return is_same(disk, mount); })) continue;
        disks.push_back({.kind = mount.kind, .source = mount.source, .file = {}});
    }
    return disks;
}

std::string disk_folder(const std::string& folder, std::size_t number) {
    return std::format("{}/volumes/{}", folder, number);
}

std::string guest_folder(const ContainerId& id) {
    return "/run/kata-containers/" + id.str();
}

std::string guest_disk_folder(const ContainerId& id, std::size_t number) {
    return disk_folder(guest_folder(id), number);
}

Result<std::vector<oci::Mount>> make_container_mounts(const ContainerConfig& request,
                                                      const std::string& folder) {
    RDT_CHECK(check_mounts(request.mounts));
    auto mounts = make_kernel_mounts(request);
    const auto disks = list_disks(request.mounts);
    auto wanted = request.mounts;
    // What is mounted later covers what is below it.
    std::ranges::stable_sort(
        wanted, {}, [](const auto& mount) { return std::ranges::count(normal_path(mount.target), '/'); });
    for (const auto& mount : wanted) {
        // One's own place below /dev takes the default's away.
        const auto place = normal_path(mount.target);
        std::erase_if(mounts, [&place](const auto& known) { return known.destination == place; });
        if (mount.kind == MountKind::tmpfs) {
            mounts.push_back(make_memory(mount));
            continue;
        }
        if (mount.kind == MountKind::pod) {
            mounts.push_back(make_shared(mount));
            continue;
        }
        const auto disk =
            std::ranges::find_if(disks, [&](const auto& known) { return is_same(known, mount); });
        const auto number = static_cast<std::size_t>(disk - disks.begin());
        mounts.push_back(make_bind(mount, disk_folder(folder, number)));
    }
    return mounts;
}

} // namespace redoubt::node::launch
