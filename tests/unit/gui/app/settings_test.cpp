// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/app/settings.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace redoubt::gui {
namespace {

TEST(Settings, AreKeptInOneFolder) {
    const auto folder =
        std::filesystem::temp_directory_path() / ("redoubt-settings-" + std::to_string(getpid()));
    {
        Settings settings(folder);
        EXPECT_TRUE(settings.profiles()->empty());
        EXPECT_EQ(settings.theme(), ThemeChoice::system);
        EXPECT_TRUE(settings.last_profile().isEmpty());
        EXPECT_TRUE(settings.save_profiles(
            {{.name = "here", .address = "unix:/a", .certificate = {}, .key = {}, .node_fingerprint = {}}}));
        settings.set_theme(ThemeChoice::dark);
        settings.set_last_profile(QStringLiteral("here"));
    }
    const Settings settings(folder);
    EXPECT_EQ(settings.profiles()->size(), 1U);
    EXPECT_EQ(settings.theme(), ThemeChoice::dark);
    EXPECT_EQ(settings.last_profile(), QStringLiteral("here"));
    std::filesystem::remove_all(folder);
}

} // namespace
} // namespace redoubt::gui
