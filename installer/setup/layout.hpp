// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/appliance/manifest.hpp"

namespace redoubt::installer {

/// A definition file of systemd-repart (repart.d(5)).
struct Definition {
    std::string name;
    std::string text;
    [[nodiscard]] bool operator==(const Definition&) const = default;
};

/// Where what goes onto the disk lies.
struct Sources {
    std::filesystem::path payload;        ///< folder of the manifest's files
    std::filesystem::path boot_partition; ///< folder that becomes the boot partition
    std::filesystem::path seed;           ///< file that becomes the seed partition: the answers
};

/// The installed disk: boot partition, slot A with the payload, slot B empty, the seed. The state is made by
/// the node itself on its first boot, in the rest. Pure. The partitions of a slot have the halves of the root
/// hash as their ids: that is how a kernel finds its /usr.
[[nodiscard]] std::vector<Definition> make_layout(const appliance::Manifest& manifest,
                                                  const Sources& sources);

/// Of 64 hex digits, the first or second half as a UUID.
[[nodiscard]] std::string uuid_of_half(std::string_view hash, bool second);

} // namespace redoubt::installer
