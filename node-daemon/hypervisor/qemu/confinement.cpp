// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/hypervisor/qemu/confinement.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace redoubt::node::hypervisor::qemu {
namespace {

namespace fs = std::filesystem;

// Where the new root is put together: it is everywhere, and the host's is not shown.
constexpr auto k_staging = "/proc";
constexpr auto k_staging_options = "mode=755,size=64k,nr_inodes=64";
constexpr auto k_proc_options = "hidepid=invisible,subset=pid";
constexpr unsigned long k_safe = MS_NOSUID | MS_NODEV;

/// Folders a program and its libraries lie in; on a merged host links into /usr.
constexpr std::array k_system_folders{"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"};
constexpr auto k_linker_cache = "/etc/ld.so.cache";

bool is_below_system_folder(const fs::path& path) {
    return std::ranges::any_of(k_system_folders, [&path](const fs::path& folder) {
        return std::ranges::mismatch(folder, path).in1 == folder.end();
    });
}

bool mount_failed(const char* source, const char* target, const char* type, unsigned long flags,
                  const char* options = nullptr) {
    return ::mount(source, target, type, flags, options) != 0;
}

} // namespace

unsigned long namespace_flags(Isolation isolation) {
    switch (isolation) {
    case Isolation::none: return 0;
    case Isolation::view_and_network: return CLONE_NEWNS | CLONE_NEWNET;
    case Isolation::full: return CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS;
    }
    return 0;
}

OwnRoot::OwnRoot(const fs::path& program, const std::vector<fs::path>& shown) {
    for (const fs::path folder : k_system_folders) show(folder);
    if (!is_below_system_folder(program)) show(program.parent_path());
    show(k_linker_cache);
    for (const auto& path : shown) show(path);
    folders_.emplace_back("proc");
}

void OwnRoot::show(const fs::path& path) {
    std::error_code error;
    const auto place = path.relative_path();
    if (fs::is_symlink(path, error)) {
        links_.push_back({fs::read_symlink(path, error).native(), place.native()});
        return;
    }
    const auto status = fs::status(path, error);
    if (error || !fs::exists(status)) return;
    fs::path parent;
    for (const auto& part : place.parent_path()) folders_.push_back((parent /= part).native());
    if (fs::is_directory(status)) folders_.push_back(place.native());
    binds_.push_back({path.native(), place.native(), fs::is_directory(status)});
}

const char* OwnRoot::fill() const {
    for (const auto& folder : folders_)
        if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) return "make a folder of its root";
    for (const auto& link : links_)
        if (::symlink(link.value.c_str(), link.place.c_str()) != 0) return "make a link of its root";
    for (const auto& bind : binds_) {
        if (!bind.is_folder) {
            const int file = ::open(bind.target.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
            if (file < 0) return "make a file of its root";
            ::close(file);
        }
        if (mount_failed(bind.source.c_str(), bind.target.c_str(), nullptr, MS_BIND) ||
            mount_failed(nullptr, bind.target.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | k_safe))
            return "show its libraries";
    }
    if (mount_failed("proc", "proc", "proc", k_safe | MS_NOEXEC, k_proc_options)) return "mount its /proc";
    return nullptr;
}

const char* OwnRoot::enter() const {
    if (mount_failed(nullptr, "/", nullptr, MS_REC | MS_PRIVATE)) return "keep its mounts";
    if (mount_failed("tmpfs", k_staging, "tmpfs", k_safe, k_staging_options) || ::chdir(k_staging) != 0)
        return "make its root";
    if (const auto* failed = fill()) return failed;
    if (mount_failed(nullptr, ".", nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | k_safe))
        return "lock its root";
    // The old root comes to lie on the new one, and is taken away from there. Source: pivot_root(2).
    if (::syscall(SYS_pivot_root, ".", ".") != 0 || ::umount2(".", MNT_DETACH) != 0 || ::chdir("/") != 0)
        return "enter its root";
    return nullptr;
}

} // namespace redoubt::node::hypervisor::qemu
