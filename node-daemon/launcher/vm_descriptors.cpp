// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launcher/vm_descriptors.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <string_view>
#include <utility>

#include "common/base/file.hpp"

namespace redoubt::node::launcher {
namespace {

using hypervisor::qemu::FdRole;
using hypervisor::qemu::InheritedFd;

int option_of(int socket, int option) {
    int value = -1;
    socklen_t size = sizeof value;
    return ::getsockopt(socket, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

bool is_listening(int fd) {
    return option_of(fd, SO_DOMAIN) == AF_UNIX && option_of(fd, SO_TYPE) == SOCK_STREAM &&
           option_of(fd, SO_ACCEPTCONN) == 1;
}

bool is_file(int fd, bool is_writable) {
    struct stat status{};
    if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return false;
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags < 0) return false;
    return (flags & O_ACCMODE) == (is_writable ? O_RDWR : O_RDONLY);
}

bool is_device(int fd) {
    struct stat status{};
    return ::fstat(fd, &status) == 0 && S_ISCHR(status.st_mode);
}

bool is_of_its_kind(const InheritedFd& wanted, int fd) {
    switch (wanted.role) {
    case FdRole::qmp:
    case FdRole::agent:
    case FdRole::relay:
    case FdRole::console: return is_listening(fd);
    case FdRole::kernel:
    case FdRole::initramfs:
    case FdRole::memory:
    case FdRole::disk: return is_file(fd, wanted.is_writable);
    case FdRole::tap: return is_device(fd);
    case FdRole::kvm:
    case FdRole::firmware:
    case FdRole::secure_processor: return false; // never the caller's
    }
    return false;
}

} // namespace

Result<std::vector<UniqueFd>> match_descriptors(const hypervisor::qemu::QemuCommand& command,
                                                std::vector<UniqueFd> given) {
    std::vector<UniqueFd> matched;
    std::size_t next = 0;
    for (const auto& wanted : command.descriptors) {
        if (is_of_the_host(wanted.role)) {
            RDT_TRY(auto device, open_file(wanted.path, wanted.is_writable ? O_RDWR : O_RDONLY));
            matched.push_back(std::move(device));
            continue;
        }
        if (next == given.size())
            return fail(Code::invalid_argument, "{} descriptors are too few", given.size());
        if (!is_of_its_kind(wanted, given[next].get()))
            return fail(Code::invalid_argument, "descriptor {} is not of its kind", next);
        matched.push_back(std::move(given[next++]));
    }
    if (next != given.size())
        return fail(Code::invalid_argument, "{} descriptors are too many", given.size());
    return matched;
}

} // namespace redoubt::node::launcher
