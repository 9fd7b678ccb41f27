// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "common/base/error.hpp"
#include "common/crypto/digest.hpp"

namespace redoubt::node::image {

/// The files of an image archive by their names in it: of a folder as they lie there, of a tar (plain, gzip
/// or zstd) unpacked under numbers into a staging folder that goes with this value. No name from an archive
/// ever becomes a path, and symbolic links are followed by name within the archive only. Blocking. Thread:
/// any, one at a time.
class ArchiveFiles {
  public:
    /// `scratch`: where the staging folder is made. Errors: not_found; invalid_argument not a tar, or an
    /// entry that has no place in an image archive; data_loss a cut file; resource_exhausted no space or
    /// beyond the limits.
    static Result<ArchiveFiles> open(const std::filesystem::path& path, const std::filesystem::path& scratch);
    /// Deletes staging folders that a crash left in `scratch`.
    static void remove_leftovers(const std::filesystem::path& scratch);

    ArchiveFiles(ArchiveFiles&& other) noexcept;
    ArchiveFiles& operator=(ArchiveFiles&&) = delete;
    ArchiveFiles(const ArchiveFiles&) = delete;
    ArchiveFiles& operator=(const ArchiveFiles&) = delete;
    ~ArchiveFiles();

    [[nodiscard]] bool has(const std::string& name) const;
    /// Errors: invalid_argument no such file; resource_exhausted larger than `limit`.
    [[nodiscard]] Result<std::string> read(const std::string& name, std::uint64_t limit) const;
    /// Digest and size of a file.
    struct Measured {
        crypto::Digest digest;
        std::uint64_t size = 0;
    };
    [[nodiscard]] Result<Measured> measure(const std::string& name) const;
    /// The first bytes of a file, fewer when it is short.
    [[nodiscard]] Result<std::string> peek(const std::string& name, std::size_t count) const;
    /// Puts a file with this digest at `target`, moved when it lies in the staging folder.
    /// Errors: data_loss other digest; by errno.
    [[nodiscard]] Status place(const std::string& name, const crypto::Digest& digest,
                               const std::filesystem::path& target) const;

  private:
    ArchiveFiles() = default;
    Status unpack(const std::filesystem::path& path);
    [[nodiscard]] Result<std::filesystem::path> find(const std::string& name) const;

    std::filesystem::path folder_;  ///< of a layout folder; empty for a tar
    std::filesystem::path staging_; ///< of a tar; empty for a folder
    std::map<std::string, std::filesystem::path> files_;
    std::map<std::string, std::string> links_;
};

} // namespace redoubt::node::image
