// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "common/base/error.hpp"
#include "common/oci/layer_tar.hpp"

namespace redoubt::node::storage {

/// Writes the one form of tar that mkfs.erofs reads without having to guess: each entry is a pax header with
/// everything in it, then a ustar header. Names are bytes, times have nine digits behind the point
/// (mkfs.erofs takes the digits there as nanoseconds, however many they are).
class TarWriter {
  public:
    using Sink = std::function<Status(std::string_view)>;
    explicit TarWriter(Sink sink) : sink_(std::move(sink)) {}

    /// Writes an entry's headers; for a file, entry.size bytes have to follow through write_data().
    Status begin(const oci::LayerEntry& entry);
    Status write_data(std::string_view bytes);
    /// Ends the data of an entry, if it had any.
    Status end_data();
    /// Ends the archive.
    Status finish();

  private:
    Sink sink_;
    std::uint64_t written_ = 0; ///< of the current entry's data
};

} // namespace redoubt::node::storage
