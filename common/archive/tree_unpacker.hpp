// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/archive/tar_reader.hpp"
#include "common/base/unique_fd.hpp"

namespace redoubt::archive {

/// What links on the way to an entry's place mean.
enum class LinkRule : std::uint8_t {
    follow_inside, ///< followed as a process would whose root folder is the root: for a container's own tree
    refuse,        ///< an error: what an archive brings cannot lead its next entry astray
};

struct Owner {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
};

struct UnpackRules {
    LinkRule links = LinkRule::refuse;
    bool keeps_owners = false;     ///< the archive's
    std::optional<Owner> owner;    ///< of everything, when the archive's are not kept; none: the caller
    bool allows_overwrite = false; ///< a folder may take the place of a file, and a file that of a folder
    bool allows_devices = false;
};

/// Unpacks an archive's pieces in a folder that it cannot leave: "..", absolute names and links lead nowhere
/// else. Files are replaced, not written through; set-id bits are dropped unless owners are kept; extended
/// attributes are ignored. Blocks. After a failure it is of no more use; what was made stays.
/// Errors: invalid_argument a name that leaves, or a broken archive; already_exists a folder in the place of
/// a file or a file in that of a folder; permission_denied a device; resource_exhausted no space; by errno.
class TreeUnpacker final : private EntrySink {
  public:
    /// `root`: the folder that is not left; `folder`: where in it the archive's names begin, "" for itself.
    TreeUnpacker(UniqueFd root, std::string folder, UnpackRules rules)
        : root_(std::move(root)), folder_(std::move(folder)), rules_(rules), reader_(*this) {}

    Status feed(std::string_view bytes);
    /// The archive is complete: the number of its entries.
    Result<std::uint64_t> finish();

  private:
    struct Place {
        UniqueFd parent;
        std::string name;
    };
    struct Folder {
        std::string path;
        Entry entry;
    };

    Status begin(const Entry& entry) override;
    Status data(std::string_view bytes) override;
    Status end() override;

    [[nodiscard]] Result<UniqueFd> open_folder(const std::string& path) const;
    [[nodiscard]] Result<UniqueFd> make_folders(const std::string& path);
    Result<Place> place_of(const std::string& path);
    Status make(const Entry& entry, const std::string& path, const Place& place);
    Status make_folder(const Entry& entry, const std::string& path, const Place& place);
    Status make_file(const Entry& entry, const Place& place);
    Status make_link(const Entry& entry, const Place& place);
    Status make_node(const Entry& entry, const Place& place);
    Status clear(const Entry& entry, const Place& place);
    Status set_owner(int fd, const char* name, const Entry& entry) const;
    [[nodiscard]] std::uint32_t mode_of(const Entry& entry) const;
    Status finish_folders();

    UniqueFd root_;
    std::string folder_;
    UnpackRules rules_;
    TarReader reader_;
    UniqueFd file_; ///< being written
    Entry current_;
    std::vector<Folder> folders_; ///< made here; their modes and times come last
};

/// The parts of an archive's name below its folder: without "./" and doubled or leading slashes, "" for the
/// folder itself. Errors: invalid_argument "..", or a part longer than 255 bytes.
[[nodiscard]] Result<std::string> normalise_name(std::string_view name);

} // namespace redoubt::archive
