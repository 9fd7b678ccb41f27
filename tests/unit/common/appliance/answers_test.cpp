// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/appliance/answers.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <string>

#include "common/crypto/self_signed.hpp"
#include "common/encoding/base64.hpp"

namespace redoubt::appliance {
namespace {

using testing::HasSubstr;

constexpr const char* k_least = "answers = 1\n[disk]\nwhere = \"only\"\n";

/// Of nobody, in PEM.
std::string certificate() {
    const auto key = crypto::PrivateKey::generate(crypto::Curve::p256).value();
    const auto text = encoding::to_base64(
        crypto::make_self_signed(key, "broker", std::chrono::sys_seconds{}, std::chrono::days(1)).value());
    std::string pem = "-----BEGIN CERTIFICATE-----\n";
    for (std::size_t at = 0; at < text.size(); at += 64) pem += text.substr(at, 64) + "\n";
    return pem + "-----END CERTIFICATE-----\n";
}

std::string refusal(const std::string& text) {
    const auto answers = parse_answers(text, "answers.toml");
    return answers ? "(accepted)" : answers.error().message;
}

TEST(Answers, NeedNoMoreThanTheDisk) {
    const auto answers = parse_answers(k_least, "answers.toml");
    ASSERT_TRUE(answers) << answers.error().message;
    EXPECT_EQ(answers->disk, "only");
    EXPECT_EQ(answers->host_name, "redoubt");
    EXPECT_FALSE(answers->erase);
    EXPECT_EQ(answers->minimum_isolation, "vm");
}

TEST(Answers, ThatNameNoDiskAreRefused) {
    EXPECT_THAT(refusal("answers = 1\n"), HasSubstr("answers.toml: disk.where"));
}

TEST(Answers, OfAnotherFormatAreRefused) {
    EXPECT_THAT(refusal("[disk]\nwhere = \"only\"\n"), HasSubstr("answers: has to be 1"));
    EXPECT_THAT(refusal("answers = 2\n[disk]\nwhere = \"only\"\n"), HasSubstr("answers: has to be 1"));
}

TEST(Answers, WithAKeyNobodyKnowsAreRefusedByItsPlace) {
    EXPECT_THAT(refusal(std::string(k_least) + "erasse = true\n"), HasSubstr("answers.toml:4:1"));
}

TEST(Answers, WithACertificateThatIsNoneAreRefused) {
    EXPECT_THAT(refusal(std::string(k_least) + "[administrator]\ncertificate = \"-----BEGIN "
                                               "CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\"\n"),
                HasSubstr("administrator.certificate: not a certificate"));
}

TEST(Answers, WithABrokerThatCannotBeAreRefused) {
    const auto with = [](const char* more) { return refusal(std::string(k_least) + more); };
    EXPECT_THAT(with("[broker]\nurl = \"https://kbs.example\"\n"), HasSubstr("broker.url: is for"));
    EXPECT_THAT(with("[broker]\ntls_identity = \"kbs:///redoubt-host/a/b\"\n"),
                HasSubstr("broker.url: is for"));
    EXPECT_THAT(with("[broker]\ndisk_key = \"kbs:///default/a/b\"\n"), HasSubstr("broker.disk_key"));
    EXPECT_THAT(with("[broker]\ndisk_key = \"kbs:///redoubt-host/a/b'\"\n"), HasSubstr("broker.disk_key"));
    EXPECT_THAT(with("[broker]\nurl = \"http://a\"\ndisk_key = \"kbs:///redoubt-host/a/b\"\n"),
                HasSubstr("https://"));
    EXPECT_THAT(with("[broker]\nurl = \"https://a'\"\ndisk_key = \"kbs:///redoubt-host/a/b\"\n"),
                HasSubstr("https://"));
    EXPECT_THAT(with("[broker]\nurl = \"https://a\"\ndisk_key = \"kbs:///redoubt-host/a/b\"\n"),
                HasSubstr("broker.certificate"));
}

TEST(Answers, WithADiskForVolumesThatNobodyEncryptsAreRefused) {
    const auto with = [](const char* more) { return refusal(std::string(k_least) + more); };
    EXPECT_THAT(with("[volumes]\ndisk = \"/dev/sdb\"\n"),
                HasSubstr("volumes.disk: goes with broker.disk_key"));
    EXPECT_THAT(with("[volumes]\ndisk = \"sdb\"\n"), HasSubstr("volumes.disk: not a path"));
    EXPECT_THAT(with("[volumes]\ndisk = \"/dev/../etc/x\"\n"), HasSubstr("volumes.disk: not a path"));
}

TEST(Answers, WithNamesAndAddressesThatAreNoneAreRefused) {
    const auto with = [](const char* more) { return refusal(std::string(k_least) + more); };
    EXPECT_THAT(with("[system]\nname = \"a.b\"\n"), HasSubstr("system.name"));
    EXPECT_THAT(with("[system]\nname = \"-a\"\n"), HasSubstr("system.name"));
    EXPECT_THAT(with("[system]\nminimum_isolation = \"none\"\n"), HasSubstr("system.minimum_isolation"));
    EXPECT_THAT(with("[network]\naddresses = [\"192.0.2.7\"]\n"), HasSubstr("network.addresses"));
    EXPECT_THAT(with("[network]\naddresses = [\"192.0.2.7/33\"]\n"), HasSubstr("network.addresses"));
    EXPECT_THAT(with("[network]\ngateway = \"192.0.2.1\"\n"), HasSubstr("not DHCP"));
    EXPECT_THAT(with("[network]\nname_servers = [\"one\\nDHCP=yes\"]\n"), HasSubstr("network.name_servers"));
    EXPECT_THAT(with("[network]\ninterface = \"52:54:00:12:34\"\n"), HasSubstr("network.interface"));
}

TEST(Answers, ThatAreWrittenReadBackAsTheSame) {
    const Answers said{.disk = "/dev/sda",
                       .erase = true,
                       .host_name = "n1",
                       .minimum_isolation = "runc",
                       .interface = "52:54:00:12:34:56",
                       .addresses = {"192.0.2.7/24", "2001:db8::7/64"},
                       .gateway = "192.0.2.1",
                       .name_servers = {"192.0.2.2"},
                       .broker = {.url = "https://kbs.example:8080/tenants/a",
                                  .certificate = certificate(),
                                  .registry_logins = "kbs:///redoubt-host/registry/logins",
                                  .tls_identity = "kbs:///redoubt-host/tls/n1",
                                  .disk_key = "kbs:///redoubt-host/disk/n1"},
                       .volumes_disk = "/dev/disk/by-id/virtio-data"};
    const auto back = parse_answers(render_answers(said), "answers.toml");
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, said);
}

TEST(Answers, ThatAreWrittenWithATextThatWouldEndItsStringSayNothingElse) {
    Answers said{.disk = "only", .host_name = "n1\"\nerase = true\n#", .minimum_isolation = "vm"};
    EXPECT_THAT(refusal(render_answers(said)), HasSubstr("system.name"));
}

TEST(Answers, ThatLeadOutOfDevAreRefused) {
    EXPECT_THAT(refusal("answers = 1\n[disk]\nwhere = \"/dev/../etc/passwd\"\n"), HasSubstr("disk.where"));
}

TEST(Network, IsByDhcpOnEveryWiredInterfaceUnlessToldOtherwise) {
    EXPECT_EQ(render_network({}), "[Match]\nType=ether\nKind=!*\n\n[Network]\nDHCP=yes\nIPv6AcceptRA=yes\n");
}

TEST(Network, WithAddressesHasTheseAndNoDhcp) {
    Answers answers;
    answers.interface = "52:54:00:12:34:56";
    answers.addresses = {"192.0.2.7/24"};
    answers.gateway = "192.0.2.1";
    answers.name_servers = {"192.0.2.2"};
    EXPECT_EQ(render_network(answers), "[Match]\nMACAddress=52:54:00:12:34:56\n\n[Network]\nAddress=192.0.2."
                                       "7/24\nGateway=192.0.2.1\nDNS=192.0.2.2\n");
}

} // namespace
} // namespace redoubt::appliance
