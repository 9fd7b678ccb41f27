// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "common/async/task.hpp"

namespace redoubt::node::storage {

/// Limits of a volume's size in bytes: what ext4 needs for itself, and what it takes.
inline constexpr std::uint64_t k_min_volume = 16ULL << 20U;
inline constexpr std::uint64_t k_max_volume = 16ULL << 40U;

/// Whether the disk gets its filesystem here or, encrypted, in the guest at every start.
enum class VolumeContent : std::uint8_t {
    filesystem,
    scratch, ///< a filesystem in whose folder everybody may write, as in /tmp
    nothing,
};

/// Where the folder of the volumes lies.
enum class VolumePlace : std::uint8_t {
    state,    ///< wherever its parent does
    own_disk, ///< on another filesystem than its parent, or there are no volumes: nothing is written beside
              ///< it
};

/// The disks of volumes: sparse files `<folder>/<name>.img`, each an ext4 filesystem whose folder "_data" is
/// the volume. The host writes the empty filesystem and never reads one that a guest had; one that none had
/// may be mounted. Thread: main strand; work on one volume is the caller's to put in order.
class VolumeStore {
  public:
    VolumeStore(std::filesystem::path folder, asio::thread_pool& pool, VolumePlace place = VolumePlace::state)
        : folder_(std::move(folder)), pool_(pool), place_(place) {}

    /// Whether the folder lies where it should. Every change asks it first. A moment's work. Errors:
    /// failed_precondition, its disk is not mounted.
    [[nodiscard]] Status check_place() const;

    /// What a killed daemon left half made. Called once at start.
    void remove_leftovers() const;

    [[nodiscard]] std::filesystem::path file_of(const std::string& name) const;
    /// Host disk space that it takes. Zero when it is not there. A moment's work.
    [[nodiscard]] std::uint64_t used_bytes(const std::string& name) const;

    /// Errors: check_place()'s; already_exists; resource_exhausted; failed_precondition naming the package
    /// that is missing. Nothing is left of a volume that could not be made.
    Task<void> create(std::string name, std::uint64_t size, VolumeContent content);
    /// Makes the disk larger; its filesystem is grown by the guest. Errors: not_found; resource_exhausted.
    Task<void> grow(std::string name, std::uint64_t size);
    /// No error when it is not there.
    Task<void> remove(std::string name);

    /// Keeps with the disk that a guest has it from now on. A host's filesystem without extended attributes
    /// keeps nothing: see had_guest().
    Task<void> give_to_guest(std::string name);
    /// Whether a guest may have written the filesystem on it; true as well where that cannot be known.
    Task<bool> had_guest(std::string name);

  private:
    std::filesystem::path folder_;
    asio::thread_pool& pool_;
    VolumePlace place_;
};

} // namespace redoubt::node::storage
