// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/runtime/loop_device.hpp"

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <format>
#include <utility>

#include "common/base/file.hpp"

namespace redoubt::node::runtime {
namespace {

constexpr unsigned k_loop_major = 7;
// Others may take a free device between our asking for one and our taking it.
constexpr int k_most_tries = 64;

/// A container's /dev may be older than the device, or no devtmpfs at all.
Result<std::string> node_of(int number, const std::filesystem::path& folder) {
    auto usual = std::format("/dev/loop{}", number);
    struct stat status{};
    if (::stat(usual.c_str(), &status) == 0 && S_ISBLK(status.st_mode)) return usual;
    auto own = (folder / std::format("loop{}", number)).native();
    if (::mknod(own.c_str(), S_IFBLK | 0600, makedev(k_loop_major, static_cast<unsigned>(number))) != 0 &&
        errno != EEXIST)
        return fail_errno(errno, "make device {}", own);
    return own;
}

/// The kernel's lock on open files: QEMU's on its disks is of the same kind.
Status lock_writer(int file, const std::filesystem::path& path) {
    struct flock lock{.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0, .l_pid = 0};
    if (::fcntl(file, F_OFD_SETLK, &lock) == 0) return {};
    if (errno == EAGAIN || errno == EACCES)
        return fail(Code::failed_precondition, "{} is in use: somebody still writes to it", path.native());
    return fail_errno(errno, "lock {}", path.native());
}

/// False: another one was faster.
Result<bool> try_configure(int device, int file, LoopAccess access, const std::string& name) {
    loop_config config{};
    config.fd = static_cast<__u32>(file);
    config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
    if (access == LoopAccess::read_only) config.info.lo_flags |= LO_FLAGS_READ_ONLY;
    name.copy(reinterpret_cast<char*>(config.info.lo_file_name), LO_NAME_SIZE - 1); // NOLINT: bytes of a name
    if (::ioctl(device, LOOP_CONFIGURE, &config) == 0) return true;
    if (errno == EBUSY) return false;
    return fail_errno(errno, "make a disk of {}", name);
}

} // namespace

Result<LoopDevice> open_loop_device(const std::filesystem::path& file, LoopAccess access,
                                    const std::filesystem::path& folder) {
    const int mode = access == LoopAccess::read_only ? O_RDONLY : O_RDWR;
    LoopDevice loop;
    RDT_TRY(loop.file, open_file(file, mode));
    if (access == LoopAccess::read_write) RDT_CHECK(lock_writer(loop.file.get(), file));
    RDT_TRY(const auto control, open_file("/dev/loop-control", O_RDWR));
    for (int i = 0; i < k_most_tries; ++i) {
        const int number = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
        if (number < 0) return fail_errno(errno, "find a free loop device");
        RDT_TRY(loop.path, node_of(number, folder));
        RDT_TRY(loop.device, open_file(loop.path, mode));
        RDT_TRY(const bool is_ours, try_configure(loop.device.get(), loop.file.get(), access, file.native()));
        if (is_ours) return loop;
    }
    return fail(Code::unavailable, "find a free loop device: others are always faster");
}

} // namespace redoubt::node::runtime
