// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/archive/tar_format.hpp"
#include "common/base/unique_fd.hpp"

namespace redoubt::archive {

/// Makes a tar archive of a file, or of a folder with all in it, piece by piece. Links are archived as links
/// and never followed; sockets, and what is in the kernel's own filesystems (proc, sysfs and the like), are
/// left out. A file that changes meanwhile has the size it had at first. Blocks.
class TreePacker {
  public:
    /// `place`: an O_PATH descriptor of a file or folder; `name`: what its entry is called, below which the
    /// others are.
    TreePacker(UniqueFd place, std::string name) : place_(std::move(place)), name_(std::move(name)) {}

    /// The next bytes, about 256 KiB; none at the end. Errors: by errno, naming the entry; unimplemented
    /// deeper than 512 folders.
    [[nodiscard]] Result<std::string> next();

  private:
    struct Level {
        UniqueFd folder;
        std::string path;
        std::vector<std::string> names; ///< sorted from the back
        std::uint64_t device = 0;
    };
    using FileId = std::pair<std::uint64_t, std::uint64_t>; ///< device, inode

    Status begin();
    Status step();
    Status add(int folder, const std::string& name, const std::string& path, std::uint64_t device);
    Status add_opened(UniqueFd place, const std::string& path, std::uint64_t device);
    Status enter(UniqueFd folder, std::string path, std::uint64_t device);
    Status copy_file();
    bool add_as_hard_link(Entry& entry, FileId id);

    UniqueFd place_;
    std::string name_;
    bool has_begun_ = false;
    bool is_done_ = false;
    std::vector<Level> levels_;
    UniqueFd file_; ///< being copied
    std::string file_path_;
    std::uint64_t file_left_ = 0;
    std::size_t file_padding_ = 0;
    std::map<FileId, std::string> linked_; ///< files with several names: the first one here
    std::string out_;
};

} // namespace redoubt::archive
