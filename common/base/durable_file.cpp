// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/base/durable_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "common/base/file.hpp"

namespace redoubt {

Status sync_to_disk(const std::filesystem::path& path) {
    RDT_TRY(const auto fd, open_file(path, O_RDONLY));
    if (::fsync(fd.get()) != 0) return fail_errno(errno, "sync {}", path.native());
    return {};
}

Status write_new_durably(const std::filesystem::path& path, std::string_view content, mode_t mode) {
    RDT_TRY(const auto fd, open_file(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode));
    RDT_CHECK(write_all(fd.get(), content).transform_error(context("{}", path.native())));
    if (::fchmod(fd.get(), mode) != 0) return fail_errno(errno, "set the mode of {}", path.native());
    if (::fsync(fd.get()) != 0) return fail_errno(errno, "sync {}", path.native());
    return {};
}

Status replace_durably(const std::filesystem::path& path, std::string_view content, mode_t mode) {
    const std::filesystem::path ready = path.native() + ".new";
    ::unlink(ready.c_str()); // of a write that was cut off
    auto written = write_new_durably(ready, content, mode);
    if (written && std::rename(ready.c_str(), path.c_str()) != 0)
        written = fail_errno(errno, "rename to {}", path.native());
    if (!written) {
        ::unlink(ready.c_str());
        return written;
    }
    return sync_to_disk(path.has_parent_path() ? path.parent_path() : ".");
}

} // namespace redoubt
