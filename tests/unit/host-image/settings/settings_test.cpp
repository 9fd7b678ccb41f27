// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "host-image/settings/settings.hpp"

#include <gmock/gmock.h>

#include "common/base/file.hpp"

namespace redoubt::host_image {
namespace {

using testing::Contains;
using testing::Field;
using testing::Not;

appliance::Answers answers() {
    appliance::Answers given;
    given.host_name = "n1";
    return given;
}

TEST(Settings, AreNameAndNetworkAndNoAdministratorWhereNoneIsGiven) {
    const auto files = settings_files(answers());
    EXPECT_THAT(files, Contains(SettingsFile{"hostname", "n1\n"}));
    EXPECT_THAT(files, Contains(SettingsFile{"systemd/network/10-node.network",
                                             appliance::render_network(answers())}));
    EXPECT_THAT(files, Not(Contains(Field(&SettingsFile::path, "redoubt/administrator.pem"))));
}

TEST(Settings, HaveTheAdministratorsCertificateAsItWasGiven) {
    auto given = answers();
    given.administrator = "PEM";
    EXPECT_THAT(settings_files(given), Contains(SettingsFile{"redoubt/administrator.pem", "PEM"}));
    EXPECT_THAT(settings_files(given),
                Contains(SettingsFile{"redoubt/redoubtd.toml.d/50-administrator.toml",
                                      "[remote]\nadmin_certificate = \"/etc/redoubt/administrator.pem\"\n"}));
}

TEST(Settings, AreWrittenBelowEtc) {
    const auto etc = std::filesystem::path(testing::TempDir()) / "settings-etc";
    ASSERT_TRUE(write_settings(settings_files(answers()), etc));
    EXPECT_EQ(read_file(etc / "hostname"), "n1\n");
    EXPECT_TRUE(std::filesystem::exists(etc / "systemd/network/10-node.network"));
    std::filesystem::remove_all(etc);
}

} // namespace
} // namespace redoubt::host_image
