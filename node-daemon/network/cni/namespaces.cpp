// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/cni/namespaces.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/netlink.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <format>
#include <tuple>

#include "common/base/file.hpp"
#include "common/netlink/links.hpp"

namespace redoubt::node::network::cni {
namespace {

Status bring_loopback_up() {
    RDT_TRY(auto socket, netlink::Socket::open(NETLINK_ROUTE));
    RDT_TRY(const auto loopback, netlink::find_link(socket, "lo"));
    return netlink::set_up(socket, loopback.index);
}

/// On a thread that ends right after: it never comes back from the new namespace.
Status fill_namespace(const std::filesystem::path& path) {
    if (::unshare(CLONE_NEWNET) != 0) return fail_errno(errno, "make a network namespace");
    RDT_CHECK(bring_loopback_up());
    // Addresses are the network's to give: to ask around whether one is taken would cost seconds. Kernels
    // without IPv6 do not know the setting.
    std::ignore = write_existing("/proc/sys/net/ipv6/conf/default/accept_dad", "0");
    // So are routes: routers are not asked for, as all who are on the network would hear.
    std::ignore = write_existing("/proc/sys/net/ipv6/conf/default/accept_ra", "0");
    if (::mount("/proc/thread-self/ns/net", path.c_str(), nullptr, MS_BIND, nullptr) != 0)
        return fail_errno(errno, "bind a network namespace to {}", path.native());
    return {};
}

} // namespace

Status make_namespace(const std::filesystem::path& path) {
    RDT_CHECK(open_file(path, O_RDONLY | O_CREAT | O_EXCL, 0444)
                  .transform_error(context("make network namespace {}", path.native())));
    Status made;
    std::thread([&] { made = fill_namespace(path); }).join();
    if (!made) ::unlink(path.c_str());
    return made;
}

Status bind_namespace(int kept, const std::filesystem::path& path) {
    struct statfs found{};
    if (::statfs(path.c_str(), &found) == 0 && found.f_type == NSFS_MAGIC) return {};
    RDT_CHECK(open_file(path, O_RDONLY | O_CREAT, 0444).transform_error(context("name {}", path.native())));
    const auto source = std::format("/proc/self/fd/{}", kept);
    if (::mount(source.c_str(), path.c_str(), nullptr, MS_BIND, nullptr) != 0)
        return fail_errno(errno, "bind a network namespace to {}", path.native());
    return {};
}

Status remove_namespace(const std::filesystem::path& path) {
    // EINVAL: a file that nothing is bound to.
    if (::umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0 && errno != EINVAL && errno != ENOENT)
        return fail_errno(errno, "release network namespace {}", path.native());
    if (::unlink(path.c_str()) != 0 && errno != ENOENT)
        return fail_errno(errno, "remove network namespace {}", path.native());
    return {};
}

Status enter_namespace(const std::filesystem::path& path) {
    RDT_TRY(const auto file, open_file(path, O_RDONLY));
    if (::setns(file.get(), CLONE_NEWNET) != 0)
        return fail_errno(errno, "enter network namespace {}", path.native());
    return {};
}

} // namespace redoubt::node::network::cni
