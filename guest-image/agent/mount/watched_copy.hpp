// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <map>
#include <string>

#include "common/base/error.hpp"
#include "common/base/unique_fd.hpp"

namespace redoubt::guest::mount {

/// A copy in the guest's memory of a small folder or file, for programs that wait for changes by inotify:
/// what the host changes in the source makes no such events, what is written into the copy does. Files of a
/// folder are replaced as a whole, folders and files before the links that lead to them, so that Kubernetes'
/// "..data" switch works. Shape: Kata's watchable-bind.
class WatchedCopy {
  public:
    /// Above these a copy is not worth its memory. Source: Kata 4.1.0.
    static constexpr std::size_t k_max_entries = 16;
    static constexpr std::uint64_t k_max_bytes = 1U << 20U;

    /// Makes the first copy. Both are folders, or both regular files; neither is followed by name again.
    /// Errors: resource_exhausted when the source is too large.
    static Result<WatchedCopy> open(UniqueFd source, UniqueFd target);

    /// Brings the copy up to date. Errors: as open(); the copy then stays as it was, or is partly newer.
    [[nodiscard]] Status update();

    /// Removes what was copied.
    void clear();

  private:
    /// What tells one state of an entry from the next.
    struct Seen {
        mode_t mode = 0;
        ino_t inode = 0;
        off_t size = 0;
        timespec changed{};
        [[nodiscard]] bool is_same(const Seen& other) const;
    };
    using Tree = std::map<std::string, Seen>; ///< by path below the root

    WatchedCopy(UniqueFd source, UniqueFd target, bool is_folder)
        : source_(std::move(source)), target_(std::move(target)), is_folder_(is_folder) {}

    static Seen seen_of(const struct stat& status);
    [[nodiscard]] static bool is_in_the_way(const Tree& tree, const std::string& path, const Seen& seen);
    [[nodiscard]] Result<Tree> look() const;
    [[nodiscard]] Status copy(const std::string& path, const Seen& seen) const;
    [[nodiscard]] Status copy_link(const std::string& path) const;
    [[nodiscard]] Status copy_file(const std::string& path, const Seen& seen) const;
    void remove(const std::string& path, const Seen& seen) const;
    Status update_file();

    UniqueFd source_, target_;
    bool is_folder_;
    Tree known_;
};

} // namespace redoubt::guest::mount
