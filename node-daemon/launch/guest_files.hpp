// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What is seen of a running container from outside: its processes and its files. Values only.

#include <cstdint>
#include <string>
#include <vector>

namespace redoubt::node::launch {

/// A process as the container sees it.
struct GuestProcessInfo {
    std::int64_t pid = 0;
    std::int64_t ppid = 0; ///< 0: none in the container
    std::string user;      ///< name, or number when the container knows none
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::string state;    ///< one letter, as ps(1) has it
    std::string terminal; ///< "pts/0"; "?" without one
    std::uint64_t cpu_time_ns = 0;
    std::uint64_t elapsed_ns = 0; ///< since it was started
    std::uint64_t resident_bytes = 0;
    std::uint64_t virtual_bytes = 0;
    std::int32_t nice = 0;
    std::int64_t process_group = 0;
    std::uint32_t threads = 0;
    std::string name; ///< the kernel's, 15 bytes at most
    std::vector<std::string> command;
};

enum class ChangeKind : std::uint8_t { changed, added, deleted };

/// What a container did to one path of its image.
struct PathChange {
    ChangeKind kind = ChangeKind::changed;
    std::string path; ///< "/etc/passwd"
};

struct PathStatus {
    std::uint32_t mode = 0; ///< st_mode
    std::uint64_t size_bytes = 0;
    std::string path; ///< without links
};

/// Where and how an archive is unpacked.
struct UnpackOptions {
    std::string folder;
    bool keep_owners = false; ///< the archive's; else all belongs to the container's user
    bool overwrite = false;   ///< a folder may take the place of a file, and a file that of a folder
};

} // namespace redoubt::node::launch
