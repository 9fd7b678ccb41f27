// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/appliance/answers.hpp"
#include "common/base/error.hpp"

namespace redoubt::installer {

/// A disk as the machine shows it.
struct Disk {
    std::string path;   ///< "/dev/sda"
    std::string serial; ///< empty: it tells none
    std::uint64_t bytes = 0;
    bool read_only = false;
    bool is_medium = false; ///< what is being installed from
    std::string content;    ///< what is on it, in words; empty: nothing that anybody knows
    [[nodiscard]] bool operator==(const Disk&) const = default;
};

/// What is needed of a disk: both slots, boot partition, and a state that is of use.
inline constexpr std::uint64_t k_least_disk = 8ULL << 30U;

/// The one disk that the answers mean and that may be written. Pure. Errors say which disks there are:
/// not_found none or more than one is meant; failed_precondition it is the medium, read-only, too small, or
/// has something on it that may not go.
[[nodiscard]] Result<Disk> choose_disk(const std::vector<Disk>& disks, const appliance::Answers& answers);

} // namespace redoubt::installer
