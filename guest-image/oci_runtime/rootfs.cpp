// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/oci_runtime/rootfs.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <format>
#include <string_view>

#include "common/base/file.hpp"
#include "common/base/mount.hpp"
#include "common/base/safe_open.hpp"

namespace redoubt::guest::oci_runtime {

namespace {

constexpr std::array<std::string_view, 6> k_filesystems = {"proc",   "sysfs",  "tmpfs",
                                                           "devpts", "mqueue", "cgroup2"};

bool is_folder(int fd) {
    struct stat status{};
    return ::fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
}

std::string normal_path(const std::string& path) {
    auto normal = std::filesystem::path("/" + path).lexically_normal().native();
    while (normal.size() > 1 && normal.ends_with('/')) normal.pop_back();
    return normal;
}

// What runc lets be bound over in /proc: files that say how much of a machine there is, not what it does.
constexpr std::array<std::string_view, 10> k_bindable_in_proc = {
    "/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo",  "/proc/stat",    "/proc/swaps",
    "/proc/uptime",  "/proc/loadavg",   "/proc/slabinfo", "/proc/net/dev", "/proc/sys/kernel/ns_last_pid"};

/// Whoever covers parts of /proc decides what programs believe about their own processes. What counts is
/// where the place is found, whatever its name.
Status check_place(int target, const oci::Mount& wanted, bool binds) {
    const auto path = normal_path(wanted.destination);
    struct statfs filesystem{};
    if (::fstatfs(target, &filesystem) != 0) return fail_errno(errno, "stat {}", path);
    if (path != "/proc" && filesystem.f_type != PROC_SUPER_MAGIC) return {};
    if (path == "/proc" && !binds && wanted.type == "proc") return {};
    if (binds && std::ranges::contains(k_bindable_in_proc, path)) return {};
    return fail(Code::invalid_argument, "nothing may be {} over /proc", binds ? "bound" : "mounted");
}

Status set_propagation(int mount, unsigned long flags) {
    if (flags != 0 && ::mount(nullptr, path_of(mount).c_str(), nullptr, flags, nullptr) != 0)
        return fail_errno(errno, "set mount propagation");
    return {};
}

Status make_bind(int root, const oci::Mount& wanted, int source) {
    if (source < 0) return fail(Code::invalid_argument, "the source was not opened");
    const auto kind = is_folder(source) ? NodeKind::folder : NodeKind::file;
    RDT_TRY(const auto target, create_in_root(root, wanted.destination, kind));
    RDT_CHECK(check_place(target.get(), wanted, /*binds=*/true));
    RDT_CHECK(attach_mount(source, target.get()));
    return set_propagation(source, parse_mount_options(wanted.options).propagation);
}

/// A tmpfs over a folder has the folder's mode unless it says another; over none, the kernel's 1777. As with
/// runc.
Status add_mode(MountOptions& options, const UniqueFd& covered) {
    struct stat status{};
    if (std::ranges::any_of(options.data, [](const auto& word) { return word.starts_with("mode="); }))
        return {};
    if (::fstat(covered.get(), &status) != 0) return fail_errno(errno, "stat the place");
    options.data.push_back(std::format("mode={:o}", status.st_mode & 07777U));
    return {};
}

Status make_kernel_mount(int root, const oci::Mount& wanted) {
    auto options = parse_mount_options(wanted.options);
    const std::string type = wanted.type == "cgroup" ? "cgroup2" : wanted.type;
    if (!std::ranges::contains(k_filesystems, type))
        return fail(Code::invalid_argument, "filesystem type '{}' is not allowed here: pass it as a storage",
                    type);
    const auto covered = open_in_root(root, wanted.destination, O_PATH | O_DIRECTORY);
    if (type == "tmpfs" && covered) RDT_CHECK(add_mode(options, *covered));
    RDT_TRY(const auto target, create_in_root(root, wanted.destination, NodeKind::folder));
    RDT_CHECK(check_place(target.get(), wanted, /*binds=*/false));
    // An image with a link at /proc would get its process table where read-only and masked paths do not look.
    if (type == "proc" || type == "sysfs")
        RDT_CHECK(open_beneath(root, normal_path(wanted.destination), O_PATH));
    if (type == "cgroup2") options.data.clear();
    RDT_TRY(const auto mount, make_filesystem(type, wanted.source, options));
    RDT_CHECK(attach_mount(mount.get(), target.get()));
    return set_propagation(mount.get(), options.propagation);
}

struct KnownDevice {
    const char* path;
    unsigned major;
    unsigned minor;
};

// Source: OCI runtime-spec 1.1.0 config-linux.md, "Default Devices".
constexpr std::array<KnownDevice, 6> k_devices = {{
    {"/dev/null", 1, 3},
    {"/dev/zero", 1, 5},
    {"/dev/full", 1, 7},
    {"/dev/random", 1, 8},
    {"/dev/urandom", 1, 9},
    {"/dev/tty", 5, 0},
}};

constexpr std::array<std::array<const char*, 2>, 5> k_links = {{
    {"fd", "/proc/self/fd"},
    {"stdin", "/proc/self/fd/0"},
    {"stdout", "/proc/self/fd/1"},
    {"stderr", "/proc/self/fd/2"},
    {"ptmx", "pts/ptmx"},
}};

Result<mode_t> type_of(const oci::Device& device) {
    if (device.type == "c" || device.type == "u") return S_IFCHR;
    if (device.type == "b") return S_IFBLK;
    if (device.type == "p") return S_IFIFO;
    return fail(Code::invalid_argument, "unknown device type '{}'", device.type);
}

Status make_device(int root, const oci::Device& device) {
    RDT_TRY(const mode_t type, type_of(device));
    const std::filesystem::path path = normal_path(device.path);
    RDT_TRY(const auto folder, create_in_root(root, path.parent_path().native(), NodeKind::folder));
    const auto name = path.filename().native();
    const dev_t number = makedev(static_cast<unsigned>(device.major), static_cast<unsigned>(device.minor));
    if (::mknodat(folder.get(), name.c_str(), type | (device.file_mode & 07777U), number) != 0) {
        struct stat status{};
        if (errno != EEXIST) return fail_errno(errno, "make the node");
        if (::fstatat(folder.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 ||
            (status.st_mode & S_IFMT) != type || status.st_rdev != number)
            return fail(Code::already_exists, "the image has something else there");
    }
    if (::fchownat(folder.get(), name.c_str(), device.uid, device.gid, AT_SYMLINK_NOFOLLOW) != 0)
        return fail_errno(errno, "change owner");
    return {};
}

Status make_links(int dev) {
    for (const auto& [name, target] : k_links) {
        if (::symlinkat(target, dev, name) == 0 || errno == EEXIST) continue;
        return fail_errno(errno, "link /dev/{}", name);
    }
    return {};
}

/// Covers a folder with an empty read-only one, a file with the null device.
Status mask_path(int root, int target, const std::string& path) {
    MountOptions read_only;
    read_only.set = MOUNT_ATTR_RDONLY;
    if (is_folder(target)) {
        read_only.data = {"size=0", "nr_inodes=2"};
        RDT_TRY(const auto empty, make_filesystem("tmpfs", "tmpfs", read_only));
        return attach_mount(empty.get(), target).transform_error(context("mask {}", path));
    }
    RDT_TRY(const auto null, open_in_root(root, "/dev/null", O_PATH));
    struct stat status{};
    // The image might have put something else there, and have it bound over what is to be hidden.
    if (::fstat(null.get(), &status) != 0 || !S_ISCHR(status.st_mode) || status.st_rdev != makedev(1, 3))
        return fail(Code::failed_precondition, "mask {}: /dev/null is not the null device", path);
    RDT_TRY(const auto cover, clone_mount(null.get(), {.bind = BindKind::single}));
    return attach_mount(cover.get(), target).transform_error(context("mask {}", path));
}

Status make_path_read_only(int target, const std::string& path) {
    RDT_TRY(const auto cover, clone_mount(target, {.bind = BindKind::recursive}));
    RDT_CHECK(attach_mount(cover.get(), target).transform_error(context("make {} read-only", path)));
    return make_read_only(cover.get()).transform_error(context("make {} read-only", path));
}

/// Paths that a kernel or an image does not have need no protection.
bool is_absent(const Error& error) {
    return error.code == Code::not_found;
}

} // namespace

Result<UniqueFd> open_rootfs(const std::string& path) {
    if (::mount(nullptr, "/", nullptr, MS_PRIVATE | MS_REC, nullptr) != 0)
        return fail_errno(errno, "make the mount namespace private");
    RDT_TRY(const auto place, open_file(path, O_PATH | O_DIRECTORY | O_NOFOLLOW));
    RDT_TRY(auto mount, clone_mount(place.get(), {.bind = BindKind::recursive}));
    RDT_CHECK(attach_mount(mount.get(), place.get()).transform_error(context("mount rootfs {}", path)));
    return mount;
}

bool is_bind(const oci::Mount& mount) {
    return mount.type == "bind" || parse_mount_options(mount.options).bind != BindKind::none;
}

Result<UniqueFd> open_bind_source(int place, const oci::Mount& mount) {
    auto options = parse_mount_options(mount.options);
    if (options.bind == BindKind::none) options.bind = BindKind::recursive;
    return clone_mount(place, options);
}

Status make_mounts(int root, const oci::Spec& spec, const std::vector<UniqueFd>& bind_sources) {
    for (std::size_t i = 0; i < spec.mounts.size(); ++i) {
        const auto& wanted = spec.mounts[i];
        if (normal_path(wanted.destination) == "/")
            return fail(Code::invalid_argument, "mount '{}': the root folder is not a place for it",
                        wanted.destination);
        const int source = i < bind_sources.size() ? bind_sources[i].get() : -1;
        const auto made = is_bind(wanted) ? make_bind(root, wanted, source) : make_kernel_mount(root, wanted);
        if (!made)
            return std::unexpected(
                made.error().within("mount " + wanted.source + " at " + wanted.destination));
    }
    return {};
}

Status make_devices(int root, const oci::Spec& spec) {
    // A bound /dev is its owner's business, as with runc.
    const bool is_bound = std::ranges::any_of(spec.mounts, [](const oci::Mount& mount) {
        return normal_path(mount.destination) == "/dev" && is_bind(mount);
    });
    if (is_bound) return {};
    for (const auto& known : k_devices) {
        const oci::Device device{.path = known.path, .type = "c", .major = known.major, .minor = known.minor};
        RDT_CHECK(make_device(root, device).transform_error(context("device {}", known.path)));
    }
    for (const auto& device : spec.linux_part.devices)
        RDT_CHECK(make_device(root, device).transform_error(context("device {}", device.path)));
    RDT_TRY(const auto dev, open_in_root(root, "/dev", O_RDONLY | O_DIRECTORY));
    return make_links(dev.get());
}

Status bind_console(int root, int slave) {
    RDT_TRY(const auto target, create_in_root(root, "/dev/console", NodeKind::file));
    RDT_TRY(const auto mount, clone_mount(slave, {.bind = BindKind::single}));
    return attach_mount(mount.get(), target.get()).transform_error(context("bind /dev/console"));
}

Status protect_paths(int root, const oci::Spec& spec) {
    for (const auto& path : spec.linux_part.readonly_paths) {
        const auto target = open_in_root(root, path, O_PATH);
        if (!target && is_absent(target.error())) continue;
        if (!target) return std::unexpected(target.error().within("make read-only"));
        RDT_CHECK(make_path_read_only(target->get(), path));
    }
    for (const auto& path : spec.linux_part.masked_paths) {
        const auto target = open_in_root(root, path, O_PATH);
        if (!target && is_absent(target.error())) continue;
        if (!target) return std::unexpected(target.error().within("mask"));
        RDT_CHECK(mask_path(root, target->get(), path));
    }
    if (!spec.root_readonly) return {};
    mount_attr attributes{};
    attributes.attr_set = MOUNT_ATTR_RDONLY;
    if (::mount_setattr(root, "", AT_EMPTY_PATH, &attributes, sizeof attributes) != 0)
        return fail_errno(errno, "make the root folder read-only");
    return {};
}

Status enter_rootfs(int root, const std::string& propagation) {
    if (::fchdir(root) != 0) return fail_errno(errno, "enter the root folder");
    // With both arguments the same folder the old root ends on top of the new one, and is then taken off.
    if (::syscall(SYS_pivot_root, ".", ".") != 0) return fail_errno(errno, "pivot_root");
    if (::umount2(".", MNT_DETACH) != 0) return fail_errno(errno, "let go of the old root folder");
    if (::chdir("/") != 0) return fail_errno(errno, "enter the root folder");
    const std::array words{propagation};
    const auto flags = parse_mount_options(words).propagation;
    if (flags == 0 && !propagation.empty())
        return fail(Code::invalid_argument, "unknown rootfs propagation '{}'", propagation);
    if (flags != 0 && ::mount(nullptr, "/", nullptr, flags, nullptr) != 0)
        return fail_errno(errno, "set rootfs propagation '{}'", propagation);
    return {};
}

} // namespace redoubt::guest::oci_runtime
