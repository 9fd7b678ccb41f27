// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/instance_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "common/base/file.hpp"

namespace redoubt::node {

Result<InstanceLock> InstanceLock::take(const std::filesystem::path& file) {
    RDT_TRY(auto fd, open_file(file, O_RDWR | O_CREAT, 0644));
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return fail_errno(errno, "lock {}", file.native());
        auto holder = read_file(file).value_or("");
        while (!holder.empty() && holder.back() == '\n') holder.pop_back();
        return fail(Code::already_exists, "another redoubtd (pid {}) uses {}", holder,
                    file.parent_path().native());
    }
    if (::ftruncate(fd.get(), 0) != 0) return fail_errno(errno, "empty {}", file.native());
    RDT_CHECK(
        write_all(fd.get(), std::format("{}\n", ::getpid())).transform_error(context("{}", file.native())));
    return InstanceLock(std::move(fd));
}

} // namespace redoubt::node
