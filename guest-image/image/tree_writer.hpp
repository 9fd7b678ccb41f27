// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/error.hpp"
#include "common/base/unique_fd.hpp"
#include "common/oci/layer_tar.hpp"

namespace redoubt::guest::image {

/// Writes the tree that a layer means into an empty folder: what LayerPlan gives, in its normal form, with
/// owners, modes, times and attributes, and the marks of overlayfs. Resolves no link and leaves nowhere.
/// Blocks. Errors: resource_exhausted no space; by errno, naming the entry.
class TreeWriter {
  public:
    explicit TreeWriter(UniqueFd root) : root_(std::move(root)) {}

    Status begin(const oci::LayerEntry& entry);
    /// Some bytes of the file that began last.
    Status data(std::string_view bytes);
    /// That entry is complete.
    Status end();
    /// The whole tree is there: folders get their modes and times.
    Status finish();

  private:
    struct Place {
        UniqueFd parent;
        std::string name;
    };

    [[nodiscard]] Result<UniqueFd> folder_at(const std::string& path) const;
    [[nodiscard]] Result<Place> place_of(const std::string& path) const;
    Status make(const oci::LayerEntry& entry);
    Status make_folder(const oci::LayerEntry& entry);
    Status make_file(const oci::LayerEntry& entry, const Place& place);
    Status make_link(const oci::LayerEntry& entry, const Place& place) const;
    Status dress_folder(const oci::LayerEntry& entry) const;

    UniqueFd root_;
    UniqueFd file_; ///< being written
    oci::LayerEntry current_;
    std::vector<oci::LayerEntry> folders_; ///< without their attributes, which are set at once
};

} // namespace redoubt::guest::image
