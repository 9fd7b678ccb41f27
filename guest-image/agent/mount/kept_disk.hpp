// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A volume that outlives its guest, on a disk of the host's: as a sealed disk, but with a key that comes
/// from elsewhere, a header in front that this key seals, and journals in both layers.
/// Source: docs/adr/0043-volumes-with-a-key-of-the-brokers.md.

#include <string>

#include "common/base/error.hpp"
#include "guest-image/agent/mount/volume_key.hpp"

namespace redoubt::guest::mount {

/// Opens the volume on `disk`; an empty disk becomes one. Nothing else is ever written over. Returns the
/// upper device's node, /dev/dm-N, with an ext4 filesystem that has a folder "_data"; both devices are
/// removed by name, the upper one first, the lower one's being integrity_name(). Errors: permission_denied
/// another key's, another volume's or a changed header; failed_precondition a disk with something else on it,
/// or a kernel without it; data_loss a disk that was cut or is damaged; unimplemented a header of another
/// version; invalid_argument a disk too small.
[[nodiscard]] Result<std::string> open_kept_disk(const std::string& name, const std::string& disk,
                                                 const VolumeKey& key);

} // namespace redoubt::guest::mount
