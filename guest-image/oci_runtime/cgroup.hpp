// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"
#include "common/base/unique_fd.hpp"
#include "common/oci/runtime_spec.hpp"

namespace redoubt::guest::oci_runtime {

/// What a container read from and wrote to one block device.
struct BlockUsage {
    std::uint64_t major = 0, minor = 0;
    std::uint64_t read_bytes = 0, written_bytes = 0, reads = 0, writes = 0;
};

/// Of an io.stat text; lines that are none are skipped. Pure.
[[nodiscard]] std::vector<BlockUsage> parse_block_usage(std::string_view text);

/// What a container used and may use. Times in microseconds, memory in bytes; a limit of 0 means none.
struct CgroupUsage {
    std::uint64_t cpu_usec = 0, cpu_user_usec = 0, cpu_system_usec = 0;
    std::uint64_t periods = 0, throttled_periods = 0, throttled_usec = 0;
    std::uint64_t memory = 0, memory_peak = 0, memory_limit = 0, memory_limit_hits = 0;
    std::uint64_t swap = 0, swap_limit = 0;
    std::map<std::string, std::uint64_t> memory_details; ///< memory.stat
    std::uint64_t pids = 0, pids_limit = 0;
    std::vector<BlockUsage> blocks;
};

/// A container's control group (v2): one folder below the guest's root group.
/// Source: Linux Documentation/admin-guide/cgroup-v2.rst.
class Cgroup {
  public:
    /// Makes the folder with all controllers that exist and applies the limits.
    /// Errors: already_exists; failed_precondition when a limit needs a controller that is not there.
    static Result<Cgroup> create(const std::filesystem::path& parent, const std::string& name,
                                 const oci::Resources& resources);

    [[nodiscard]] int folder() const { return folder_.get(); }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    [[nodiscard]] Status apply(const oci::Resources& resources) const;
    /// Kills every process in it, at once.
    [[nodiscard]] Status kill() const;
    [[nodiscard]] Status freeze() const;
    [[nodiscard]] Status thaw() const;
    [[nodiscard]] CgroupUsage usage() const;
    /// How many processes of this group the kernel has killed for want of memory.
    [[nodiscard]] std::uint64_t oom_kills() const;
    /// Removes the folder and those the container made in it. Errors: failed_precondition while processes
    /// live in it.
    [[nodiscard]] Status remove() const;

  private:
    Cgroup(std::filesystem::path path, UniqueFd folder)
        : path_(std::move(path)), folder_(std::move(folder)) {}

    std::filesystem::path path_;
    UniqueFd folder_;
};

} // namespace redoubt::guest::oci_runtime
