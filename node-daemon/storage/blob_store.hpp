// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/error.hpp"
#include "common/crypto/digest.hpp"
#include "node-daemon/launch/vm_spec.hpp"

namespace redoubt::node::storage {

/// The blobs of images that only a guest can read, as disks that all VMs share: `folder`/sha256/<hex>,
/// read-only and padded with zeros to whole sectors. What they hold is checked by the guest; here only that
/// they are whole. Holds no state of its own. Blocks.
class BlobStore {
  public:
    explicit BlobStore(std::filesystem::path folder) : folder_(std::move(folder)) {}

    /// The blob of `size` bytes as a disk, when it is there.
    [[nodiscard]] std::optional<launch::BlobDisk> find(const std::string& digest, std::uint64_t size) const;
    /// Takes a blob over, moving it here; it has been checked against its digest. Errors: resource_exhausted
    /// no space; invalid_argument no digest; by errno.
    [[nodiscard]] Status keep(const std::string& digest, const std::filesystem::path& blob) const;
    /// The same for bytes in memory.
    [[nodiscard]] Status keep_bytes(const std::string& digest, std::string_view bytes) const;
    /// No error when it is not there.
    Status remove(const std::string& digest) const;
    /// Host disk space that a blob takes.
    [[nodiscard]] std::uint64_t size_of(const std::string& digest) const;
    /// The digests of all.
    [[nodiscard]] std::vector<std::string> list() const;

  private:
    [[nodiscard]] Result<std::filesystem::path> path_of(const std::string& digest) const;
    std::filesystem::path folder_;
};

} // namespace redoubt::node::storage
