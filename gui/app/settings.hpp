// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QByteArray>
#include <filesystem>

#include "gui/backend/profile.hpp"
#include "gui/widgets/theme.hpp"

namespace redoubt::gui {

/// What the console remembers: connections in a file of their own, and how the window was. Both are below one
/// folder. Format: docs/formats/console-profiles.md.
class Settings {
  public:
    explicit Settings(std::filesystem::path folder);
    /// The user's own: ~/.config/redoubt-console.
    static std::filesystem::path usual_folder();

    /// Errors: as load_profiles().
    [[nodiscard]] Result<std::vector<Profile>> profiles() const;
    Status save_profiles(const std::vector<Profile>& profiles) const;

    [[nodiscard]] ThemeChoice theme() const;
    void set_theme(ThemeChoice choice);
    /// The connection that was open last; empty: none was.
    [[nodiscard]] QString last_profile() const;
    void set_last_profile(const QString& name);
    [[nodiscard]] QByteArray geometry() const;
    void set_geometry(const QByteArray& geometry);

  private:
    [[nodiscard]] QString window_file() const;
    std::filesystem::path folder_;
};

} // namespace redoubt::gui
