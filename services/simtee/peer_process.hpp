// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The process at the other end of a unix socket, as the kernel knows it. Everything is read through one
/// descriptor of its /proc folder, which stays that process's whatever becomes of its number. Source: unix(7)
/// SO_PEERCRED, SO_PEERPIDFD; proc(5).

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"
#include "common/base/unique_fd.hpp"

namespace redoubt::services::simtee {

using FileTime = std::chrono::sys_time<std::chrono::nanoseconds>;

/// Which file this is, and which content of it: a write or a rename changes it.
struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    FileTime changed; ///< ctime
    bool operator==(const FileIdentity&) const = default;
};
/// Errors: by errno; invalid_argument what is no regular file.
[[nodiscard]] Result<FileIdentity> identify(int fd);

/// Which program a process runs: a file, whatever it is called where the process sees it.
struct ProgramIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    bool operator==(const ProgramIdentity&) const = default;
};
/// Of the program at this path. Errors: by errno; permission_denied users but root and this process's may
/// write it.
[[nodiscard]] Result<ProgramIdentity> identify_program(const std::filesystem::path& path);

/// What there is to see of a process at one moment.
struct ProcessView {
    std::vector<std::string> arguments;
    std::vector<std::string> environment;
    std::uint64_t start_ticks = 0; ///< since boot
    pid_t tracer = 0;              ///< 0: none
    ProgramIdentity program;
    bool operator==(const ProcessView&) const = default;
};

class PeerProcess {
  public:
    /// Who connected this socket. Errors: failed_precondition a kernel before 6.5; not_found it has ended.
    [[nodiscard]] static Result<PeerProcess> of(int socket);

    /// Errors: not_found it has ended; permission_denied it may not be looked at.
    [[nodiscard]] Result<ProcessView> look() const;
    /// When it started, by the clock that files are stamped with. Precision: 10 ms, rounded down. Errors: by
    /// errno.
    [[nodiscard]] static Result<FileTime> started_at(std::uint64_t start_ticks);
    /// Opens, to read, what `path` names for that process: /proc/self/fd/N is its descriptor, an absolute
    /// path is one in its own root, and has no symbolic link: one could point elsewhere in between.
    /// Errors: invalid_argument another path, or a link on the way; by errno.
    [[nodiscard]] Result<UniqueFd> open(std::string_view path) const;

    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] uid_t uid() const { return uid_; }

  private:
    PeerProcess(UniqueFd handle, UniqueFd folder, pid_t pid, uid_t uid)
        : handle_(std::move(handle)), folder_(std::move(folder)), pid_(pid), uid_(uid) {}
    [[nodiscard]] Status check_alive() const;
    [[nodiscard]] Result<std::string> read(const char* name) const;

    UniqueFd handle_; ///< pidfd
    UniqueFd folder_; ///< /proc/PID
    pid_t pid_;
    uid_t uid_;
};

/// Pieces that end in a NUL.
[[nodiscard]] std::vector<std::string> split_at_nul(std::string_view text);
/// Field 22 of /proc/PID/stat. The name in field 2 may hold anything. Errors: invalid_argument.
[[nodiscard]] Result<std::uint64_t> parse_start_ticks(std::string_view stat);
/// TracerPid of /proc/PID/status. Errors: invalid_argument.
[[nodiscard]] Result<pid_t> parse_tracer(std::string_view status);
/// N of "/proc/self/fd/N" and "/dev/fd/N"; -1 for other paths.
[[nodiscard]] int descriptor_in(std::string_view path);

} // namespace redoubt::services::simtee
