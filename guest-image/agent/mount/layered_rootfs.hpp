// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <vector>

#include "guest-image/agent/mount/storage.hpp"

namespace redoubt::guest::mount {

/// Whether a storage is a layer of a root folder rather than a mount of its own: Kata's erofs.multi-layer.
[[nodiscard]] bool is_layer(const Storage& storage);

/// Replaces the layers among a container's storages by what they stand for, in order of making: a disk mount
/// for each lower layer and for the upper one, below `folder`, and an overlay of them at the layers' mount
/// point. The first lower layer is the top one. Without an upper layer the guest's memory is it. Pure.
/// Errors: invalid_argument when the layers do not make one root folder.
[[nodiscard]] Result<std::vector<Storage>> expand_layers(std::vector<Storage> storages,
                                                         const std::string& folder);

} // namespace redoubt::guest::mount
