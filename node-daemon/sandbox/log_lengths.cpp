// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/log_lengths.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <format>
#include <sstream>
#include <string>

#include "common/base/file.hpp"
#include "node-daemon/sandbox/log_format.hpp"

namespace redoubt::node::sandbox {
namespace {

constexpr std::size_t k_block_bytes = 256U << 10U;

std::filesystem::path start_file(const std::filesystem::path& log) {
    return log.native() + ".start";
}

std::string render(const LogStart& start) {
    return std::format("{} {} {}\n", start.inode, start.lengths.output, start.lengths.error);
}

/// Zero when nothing is known of the file: it has never been rotated.
Result<LogLengths> read_start(const std::filesystem::path& log, ino_t inode) {
    const auto text = read_file(start_file(log), 4096);
    if (!text && text.error().code == Code::not_found) return LogLengths{};
    if (!text) return std::unexpected(text.error());
    std::istringstream lines(*text);
    LogStart start;
    while (lines >> start.inode >> start.lengths.output >> start.lengths.error)
        if (start.inode == inode) return start.lengths;
    return fail(Code::data_loss, "{} does not know the log", start_file(log).native());
}

void count(std::string_view entry, LogLengths& lengths) {
    const auto line = parse_log_entry(entry);
    if (line) lengths.of(line->stream) += line->text.size() + (line->is_partial ? 0 : 1);
}

/// Adds up the entries. Returns the size of the file without a torn one.
Result<off_t> count_entries(int fd, LogLengths& lengths) {
    std::string rest;
    std::string block(k_block_bytes, '\0');
    off_t size = 0;
    for (;;) {
        const auto got = ::read(fd, block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno(errno, "read");
        if (got == 0) return size;
        rest.append(block, 0, static_cast<std::size_t>(got));
        std::size_t begin = 0;
        for (std::size_t end = 0; (end = rest.find('\n', begin)) != std::string::npos; begin = end + 1)
            count(std::string_view(rest).substr(begin, end - begin), lengths);
        size += static_cast<off_t>(begin);
        rest.erase(0, begin);
    }
}

} // namespace

Status write_log_starts(const std::filesystem::path& log, const LogStart& old_file,
                        const LogStart& new_file) {
    return write_file(start_file(log), render(old_file) + render(new_file), 0640);
}

Result<LogExtent> recover_log_extent(const std::filesystem::path& log) {
    const auto opened = open_file(log, O_RDWR);
    if (!opened && opened.error().code == Code::not_found) return LogExtent{};
    if (!opened) return std::unexpected(opened.error());
    struct stat status{};
    if (::fstat(opened->get(), &status) != 0) return fail_errno(errno, "stat {}", log.native());
    RDT_TRY(const auto start, read_start(log, status.st_ino));
    LogExtent extent{start, start};
    RDT_TRY(const auto size,
            count_entries(opened->get(), extent.end).transform_error(context("{}", log.native())));
    if (size < status.st_size && ::ftruncate(opened->get(), size) != 0)
        return fail_errno(errno, "cut {}", log.native());
    return extent;
}

} // namespace redoubt::node::sandbox
