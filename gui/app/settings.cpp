// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/app/settings.hpp"

#include <QSettings>
#include <QStandardPaths>

#include "gui/backend/profile_file.hpp"

namespace redoubt::gui {
namespace {

constexpr auto k_profiles_file = "profiles.json";
constexpr auto k_window_file = "window.ini";

} // namespace

Settings::Settings(std::filesystem::path folder) : folder_(std::move(folder)) {}

std::filesystem::path Settings::usual_folder() {
    const auto base = QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation);
    return std::filesystem::path(base.toStdString()) / "redoubt-console";
}

Result<std::vector<Profile>> Settings::profiles() const {
    return load_profiles(folder_ / k_profiles_file);
}

Status Settings::save_profiles(const std::vector<Profile>& profiles) const {
    return gui::save_profiles(folder_ / k_profiles_file, profiles);
}

QString Settings::window_file() const {
    return QString::fromStdString((folder_ / k_window_file).native());
}

ThemeChoice Settings::theme() const {
    return parse_theme(
        QSettings(window_file(), QSettings::IniFormat).value(QStringLiteral("theme")).toString());
}

void Settings::set_theme(ThemeChoice choice) {
    QSettings(window_file(), QSettings::IniFormat).setValue(QStringLiteral("theme"), name_of(choice));
}

QString Settings::last_profile() const {
    return QSettings(window_file(), QSettings::IniFormat).value(QStringLiteral("connection")).toString();
}

void Settings::set_last_profile(const QString& name) {
    QSettings(window_file(), QSettings::IniFormat).setValue(QStringLiteral("connection"), name);
}

QByteArray Settings::geometry() const {
    return QSettings(window_file(), QSettings::IniFormat).value(QStringLiteral("geometry")).toByteArray();
}

void Settings::set_geometry(const QByteArray& geometry) {
    QSettings(window_file(), QSettings::IniFormat).setValue(QStringLiteral("geometry"), geometry);
}

} // namespace redoubt::gui
