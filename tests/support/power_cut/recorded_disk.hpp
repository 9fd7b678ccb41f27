// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A disk below SQLite that remembers every write, so that a test can see what would be on it had the power
/// been cut at any moment. What was written and not yet synced may be there, be missing, be there without
/// what was written before it, or be torn at a sector. That a file is there or gone counts as written at
/// once. Source: sqlite3.h, "OS Interface Object"; www.sqlite.org/atomiccommit.html, "Hardware Assumptions".

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace redoubt::tests {

/// One thing done to a file.
struct DiskStep {
    enum class Kind : std::uint8_t { write, truncate, sync, remove };
    Kind kind = Kind::write;
    std::string file;         ///< its name, without folder
    std::uint64_t offset = 0; ///< of a write; the size of a truncate
    std::string bytes;
};

/// What became of writes that were not synced when the power went.
enum class Unsynced : std::uint8_t { lost, kept, some };

/// While it lives it is the default of SQLite in this process; databases are closed before it goes. Thread:
/// one at a time.
class RecordedDisk {
  public:
    /// Databases in `folder` are recorded, from their content at this moment on.
    explicit RecordedDisk(const std::filesystem::path& folder);
    ~RecordedDisk();
    RecordedDisk(const RecordedDisk&) = delete;
    RecordedDisk& operator=(const RecordedDisk&) = delete;
    RecordedDisk(RecordedDisk&&) = delete;
    RecordedDisk& operator=(RecordedDisk&&) = delete;

    [[nodiscard]] const std::vector<DiskStep>& steps() const { return steps_; }
    void note(DiskStep step) { steps_.push_back(std::move(step)); }
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
    /// As of a disk that said so and did not.
    void forget_syncs() {
        std::erase_if(steps_, [](const DiskStep& step) { return step.kind == DiskStep::Kind::sync; });
    }

    /// Writes into the empty folder `target` what is on the disk when the power is cut before step `moment`.
    /// `seed` chooses what of the unsynced is there.
    void restore(std::size_t moment, Unsynced unsynced, std::uint32_t seed,
                 const std::filesystem::path& target) const;

  private:
    std::filesystem::path folder_;
    std::map<std::string, std::string> first_; ///< content by file
    std::vector<DiskStep> steps_;
};

} // namespace redoubt::tests
