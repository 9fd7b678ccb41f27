// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/base/file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

namespace redoubt {

Result<UniqueFd> open_file(const std::filesystem::path& path, int flags, mode_t mode) {
    UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC, mode));
    if (!fd) return fail_errno(errno, "open {}", path.native());
    return fd;
}

Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t limit) {
    RDT_TRY(auto fd, open_file(path, O_RDONLY));
    std::string content;
    std::array<char, 16384> buffer{};
    for (;;) {
        const auto count = ::read(fd.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail_errno(errno, "read {}", path.native());
        if (count == 0) return content;
        content.append(buffer.data(), static_cast<std::size_t>(count));
        if (content.size() > limit)
            return fail(Code::resource_exhausted, "read {}: larger than {} bytes", path.native(), limit);
    }
}

Status write_all(int fd, std::string_view content) {
    while (!content.empty()) {
        const auto count = ::write(fd, content.data(), content.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail_errno(errno, "write");
        content.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
}

Status write_existing(const std::filesystem::path& path, std::string_view content) {
    RDT_TRY(auto fd, open_file(path, O_WRONLY));
    return write_all(fd.get(), content).transform_error(context("{}", path.native()));
}

Status write_file(const std::filesystem::path& path, std::string_view content, mode_t mode) {
    const std::filesystem::path temporary = path.native() + ".new";
    RDT_TRY(auto fd, open_file(temporary, O_WRONLY | O_CREAT | O_TRUNC, mode));
    if (auto written = write_all(fd.get(), content); !written) {
        ::unlink(temporary.c_str());
        return std::unexpected(written.error().within(path.native()));
    }
    if (std::rename(temporary.c_str(), path.c_str()) != 0) {
        const int number = errno;
        ::unlink(temporary.c_str());
        return fail_errno(number, "rename to {}", path.native());
    }
    return {};
}

} // namespace redoubt
