// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/appliance/answers.hpp"

namespace redoubt::host_image {

/// A file that follows from the answers, with its path below /etc.
struct SettingsFile {
    std::filesystem::path path;
    std::string content;
    [[nodiscard]] bool operator==(const SettingsFile&) const = default;
};

/// Whether containers are to be processes of the host, which takes redoubtd's own sandbox away.
[[nodiscard]] bool wants_weak_levels(const appliance::Answers& answers);

/// Everything below /etc that this node has otherwise than the image. `levels`: what redoubtd.service has
/// otherwise where it is to run such containers; not used elsewhere. Pure.
[[nodiscard]] std::vector<SettingsFile> settings_files(const appliance::Answers& answers,
                                                       const std::string& levels);

/// Writes them below `etc`, making folders. Errors: errno's.
[[nodiscard]] Status write_settings(const std::vector<SettingsFile>& files, const std::filesystem::path& etc);

} // namespace redoubt::host_image
