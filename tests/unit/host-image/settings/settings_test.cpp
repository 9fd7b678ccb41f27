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

constexpr const char* k_levels = "[Service]\nUser=root\n";

appliance::Answers answers() {
    appliance::Answers given;
    given.host_name = "n1";
    given.minimum_isolation = "vm";
    return given;
}

TEST(Settings, AreNameAndNetworkAndNoAdministratorWhereNoneIsGiven) {
    const auto files = settings_files(answers(), k_levels);
    EXPECT_THAT(files, Contains(SettingsFile{"hostname", "n1\n"}));
    EXPECT_THAT(files, Contains(SettingsFile{"systemd/network/10-node.network",
                                             appliance::render_network(answers())}));
    EXPECT_THAT(files, Not(Contains(Field(&SettingsFile::path, "redoubt/administrator.pem"))));
}

TEST(Settings, HaveTheAdministratorsCertificateAsItWasGiven) {
    auto given = answers();
    given.administrator = "PEM";
    EXPECT_THAT(settings_files(given, k_levels), Contains(SettingsFile{"redoubt/administrator.pem", "PEM"}));
    EXPECT_THAT(settings_files(given, k_levels),
                Contains(SettingsFile{"redoubt/redoubtd.toml.d/50-administrator.toml",
                                      "[remote]\nadmin_certificate = \"/etc/redoubt/administrator.pem\"\n"}));
}

TEST(Settings, LeaveTheDaemonInItsSandboxWhereContainersAreVMs) {
    const auto files = settings_files(answers(), k_levels);
    EXPECT_THAT(files, Contains(SettingsFile{"redoubt/redoubtd.toml.d/50-isolation.toml",
                                             "[runtime]\nminimum_level = \"vm\"\n"}));
    EXPECT_THAT(files, Not(Contains(Field(&SettingsFile::content, k_levels))));
}

TEST(Settings, TakeTheDaemonsSandboxAwayWhereContainersMayBeProcessesOfTheHost) {
    auto given = answers();
    given.minimum_isolation = "runc";
    const auto files = settings_files(given, k_levels);
    EXPECT_THAT(files, Contains(SettingsFile{"redoubt/redoubtd.toml.d/50-isolation.toml",
                                             "[runtime]\nminimum_level = \"runc\"\n"}));
    EXPECT_THAT(files, Contains(SettingsFile{"systemd/system/redoubtd.service.d/50-levels.conf", k_levels}));
}

TEST(Settings, SayWhichBrokerHasTheNodesSecretsAndWhichDiskIsOpenedByThem) {
    auto given = answers();
    given.broker = {.url = "https://kbs.example",
                    .certificate = "PEM",
                    .registry_logins = "",
                    .tls_identity = "",
                    .disk_key = "kbs:///redoubt-host/disk/n1"};
    given.volumes_disk = "/dev/sdb";
    const auto files = settings_files(given, k_levels);
    EXPECT_THAT(files, Contains(SettingsFile{"redoubt/broker.pem", "PEM"}));
    EXPECT_THAT(files, Contains(SettingsFile{"redoubt/redoubtd.toml.d/50-broker.toml",
                                             "[broker]\nurl = 'https://kbs.example'\n"
                                             "certificate = \"/etc/redoubt/broker.pem\"\n"
                                             "registry_logins = ''\ntls_identity = ''\n"
                                             "disk_key = 'kbs:///redoubt-host/disk/n1'\n"}));
    EXPECT_THAT(files, Contains(SettingsFile{"redoubt/volumes-disk", "/dev/sdb\n"}));
    const auto without = settings_files(answers(), k_levels);
    EXPECT_THAT(without, Not(Contains(Field(&SettingsFile::path, "redoubt/redoubtd.toml.d/50-broker.toml"))));
    EXPECT_THAT(without, Not(Contains(Field(&SettingsFile::path, "redoubt/volumes-disk"))));
}

TEST(Settings, AreWrittenBelowEtc) {
    const auto etc = std::filesystem::path(testing::TempDir()) / "settings-etc";
    ASSERT_TRUE(write_settings(settings_files(answers(), k_levels), etc));
    EXPECT_EQ(read_file(etc / "hostname"), "n1\n");
    EXPECT_TRUE(std::filesystem::exists(etc / "systemd/network/10-node.network"));
    std::filesystem::remove_all(etc);
}

} // namespace
} // namespace redoubt::host_image
