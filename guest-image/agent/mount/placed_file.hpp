// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "common/base/error.hpp"

namespace redoubt::guest::mount {

/// A file, folder or link that the host writes into the guest, or a piece of a file. Shape: Kata agent.proto,
/// CopyFileRequest.
struct PlacedFile {
    std::string path; ///< below the folder of placed files
    std::uint64_t size = 0;
    mode_t mode = 0;        ///< with the bits of its kind; none means a regular file
    mode_t folder_mode = 0; ///< of a folder it is in, when that has to be made
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::uint64_t offset = 0; ///< of `data`
    std::string data;         ///< a link's aim, or bytes of a file
};

/// Nothing that is larger is worth its place in the guest's memory.
constexpr std::uint64_t k_max_placed_file = 1U << 30U;

/// Places it below the folder `root`; no link leads out of it. A file appears under its name, with its mode
/// and owner, when its last byte has come. Errors: invalid_argument; out_of_range for a piece that leaves a
/// gap.
[[nodiscard]] Status place_file(int root, const PlacedFile& file);

} // namespace redoubt::guest::mount
