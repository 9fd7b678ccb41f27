// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>

#include "gui/backend/profile.hpp"

namespace redoubt::gui {

/// Reads a file of connections. Format: docs/formats/console-profiles.md.
/// Errors: invalid_argument no such file's text, naming the field; failed_precondition a newer version.
[[nodiscard]] Result<std::vector<Profile>> parse_profiles(std::string_view text);
/// The same profiles give the same bytes.
[[nodiscard]] std::string render_profiles(const std::vector<Profile>& profiles);

/// The connections in a file; none when there is no such file. Errors: as parse_profiles(); of reading.
[[nodiscard]] Result<std::vector<Profile>> load_profiles(const std::filesystem::path& file);
/// Replaces the file at once, readable by its owner alone. Errors: of writing.
[[nodiscard]] Status save_profiles(const std::filesystem::path& file, const std::vector<Profile>& profiles);

} // namespace redoubt::gui
