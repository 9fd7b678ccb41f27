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

/// Everything below /etc that this node has otherwise than the image. Pure.
[[nodiscard]] std::vector<SettingsFile> settings_files(const appliance::Answers& answers);

/// Writes them below `etc`, making folders. Errors: errno's.
[[nodiscard]] Status write_settings(const std::vector<SettingsFile>& files, const std::filesystem::path& etc);

} // namespace redoubt::host_image
