// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/containers/folder_stream.hpp"

#include <fcntl.h>

#include <cerrno>
#include <tuple>

#include "common/base/unique_fd.hpp"

namespace redoubt::containers {

Result<Folder> open_folder(int place) {
    UniqueFd fd(::openat(place, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return fail_errno(errno, "open a volume's folder");
    Folder folder(::fdopendir(fd.get()));
    if (!folder) return fail_errno(errno, "read a volume's folder");
    std::ignore = fd.release();
    return folder;
}

std::string_view next_name(DIR* folder) {
    while (const dirent* entry = ::readdir(folder)) { // NOLINT(concurrency-mt-unsafe): a stream of our own
        const std::string_view name = static_cast<const char*>(entry->d_name);
        if (name != "." && name != "..") return name;
    }
    return {};
}

} // namespace redoubt::containers
