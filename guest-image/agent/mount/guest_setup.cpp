// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/guest_setup.hpp"

#include <fcntl.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <format>
#include <string_view>
#include <system_error>

#include "common/base/file.hpp"
#include "common/base/mount.hpp"

namespace redoubt::guest::mount {

namespace fs = std::filesystem;

namespace {

constexpr const char* k_cgroup_root = "/sys/fs/cgroup";

enum class Need { required, optional };

struct GuestMount {
    const char* type;
    const char* place;
    unsigned long flags;
    const char* data;
    Need need;
};

constexpr unsigned long k_safe = MS_NOSUID | MS_NODEV | MS_NOEXEC;
constexpr std::array<GuestMount, 11> k_mounts = {{
    {"proc", "/proc", k_safe, nullptr, Need::required},
    {"sysfs", "/sys", k_safe, nullptr, Need::required},
    {"devtmpfs", "/dev", MS_NOSUID | MS_NOEXEC, "mode=0755", Need::required},
    {"devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "gid=5,mode=620,ptmxmode=666", Need::required},
    {"tmpfs", "/dev/shm", k_safe, "mode=1777", Need::required},
    {"tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755", Need::required},
    {"tmpfs", "/tmp", MS_NOSUID | MS_NODEV, "mode=1777", Need::required},
    {"tmpfs", "/etc", k_safe, "mode=0755", Need::required},
    {"cgroup2", k_cgroup_root, k_safe, "nsdelegate", Need::required},
    {"securityfs", "/sys/kernel/security", k_safe, nullptr, Need::optional},
    {"configfs", "/sys/kernel/config", k_safe, nullptr, Need::optional},
}};

/// The initramfs itself cannot be pivoted away from; a bind of it, moved over the root folder, can.
Status cover_root() {
    constexpr const char* k_cover = "/run";
    if (::mkdir(k_cover, 0755) != 0 && errno != EEXIST) return fail_errno(errno, "make {}", k_cover);
    if (::mount("/", k_cover, nullptr, MS_BIND, nullptr) != 0)
        return fail_errno(errno, "bind the root folder");
    if (::chdir(k_cover) != 0) return fail_errno(errno, "enter the new root folder");
    if (::mount(".", "/", nullptr, MS_MOVE, nullptr) != 0) return fail_errno(errno, "move the root folder");
    if (::chroot(".") != 0 || ::chdir("/") != 0) return fail_errno(errno, "change the root folder");
    return {};
}

Status make_mount(const GuestMount& wanted) {
    ::mkdir(wanted.place, 0755);
    if (::mount(wanted.type, wanted.place, wanted.type, wanted.flags, wanted.data) == 0) return {};
    // The kernel may have mounted devtmpfs before us.
    if (errno == EBUSY || wanted.need == Need::optional) return {};
    return fail_errno(errno, "mount {} at {}", wanted.type, wanted.place);
}

} // namespace

Status mount_guest_filesystems() {
    for (const char* folder : {"/proc", "/sys", "/dev", "/run", "/tmp", "/etc"})
        if (::mkdir(folder, 0755) != 0 && errno != EEXIST) return fail_errno(errno, "make {}", folder);
    RDT_CHECK(cover_root());
    for (const auto& wanted : k_mounts) RDT_CHECK(make_mount(wanted));
    // Nothing may write into the program that PID 1 and every new process run until they exec.
    if (::mount(nullptr, "/", nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0)
        return fail_errno(errno, "make the root folder read-only");
    for (const auto& [target, link] : {std::pair{"/proc/self/fd", "/dev/fd"},
                                       {"/proc/self/fd/0", "/dev/stdin"},
                                       {"/proc/self/fd/1", "/dev/stdout"},
                                       {"/proc/self/fd/2", "/dev/stderr"}})
        if (::symlink(target, link) != 0 && errno != EEXIST) return fail_errno(errno, "link {}", link);
    return {};
}

Result<fs::path> prepare_cgroups() {
    const fs::path root = k_cgroup_root;
    fs::path containers = root / "redoubt";
    RDT_TRY(const auto controllers, read_file(root / "cgroup.controllers"));
    for (const std::string_view needed : {"cpu", "memory", "pids"})
        if (!(" " + controllers).contains(std::format(" {}", needed)))
            return fail(Code::failed_precondition, "the guest kernel has no cgroup controller '{}'", needed);
    for (const std::string_view wanted : {"cpu", "memory", "pids", "io", "cpuset"}) {
        if (!(" " + controllers).contains(std::format(" {}", wanted))) continue;
        RDT_CHECK(write_existing(root / "cgroup.subtree_control", std::format("+{}", wanted)));
    }
    if (::mkdir(containers.c_str(), 0755) != 0 && errno != EEXIST)
        return fail_errno(errno, "make {}", containers.native());
    RDT_TRY(const auto handed, read_file(root / "cgroup.subtree_control"));
    for (const std::string_view wanted : {"cpu", "memory", "pids", "io", "cpuset"}) {
        if (!(" " + handed).contains(std::format(" {}", wanted))) continue;
        RDT_CHECK(write_existing(containers / "cgroup.subtree_control", std::format("+{}", wanted)));
    }
    return containers;
}

Status bring_loopback_up() {
    const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket) return fail_errno(errno, "open a socket");
    ifreq request{};
    std::memcpy(request.ifr_name, "lo", 3);
    if (::ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0)
        return fail_errno(errno, "find the loopback interface");
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP | IFF_RUNNING);
    if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0)
        return fail_errno(errno, "bring the loopback interface up");
    return {};
}

std::string find_serial_port(const std::string& name) {
    std::error_code error;
    for (const auto& port : fs::directory_iterator("/sys/class/virtio-ports", error)) {
        auto text = read_file(port.path() / "name");
        if (!text) continue;
        while (text->ends_with('\n')) text->pop_back();
        if (*text == name) return "/dev/" + port.path().filename().native();
    }
    return {};
}

} // namespace redoubt::guest::mount
