// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::guest::mount {

/// The key of a volume that is kept. Where it comes from, and the cryptography, are the affair of who has it:
/// the agent of ordinary VMs is linked without (docs/adr/0030). Thread: one strand.
class VolumeKey {
  public:
    virtual ~VolumeKey() = default;
    VolumeKey(const VolumeKey&) = delete;
    VolumeKey& operator=(const VolumeKey&) = delete;

    /// The seal over a header's bytes, k_volume_seal_size bytes. `salt`: the header's.
    [[nodiscard]] virtual Result<std::string> seal(std::string_view salt, std::string_view bytes) const = 0;
    /// Errors: permission_denied it is not this key's seal over these bytes.
    [[nodiscard]] virtual Status check_seal(std::string_view salt, std::string_view bytes,
                                            std::string_view seal) const = 0;
    /// What the disk is encrypted and authenticated with: 96 bytes in hex, which the caller wipes.
    [[nodiscard]] virtual Result<std::string> disk_key(std::string_view salt) const = 0;

  protected:
    VolumeKey() = default;
};

} // namespace redoubt::guest::mount
