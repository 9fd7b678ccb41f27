// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/cni/attachments.hpp"

#include <gtest/gtest.h>

#include "common/base/file.hpp"

namespace redoubt::node::network::cni {
namespace {

class AttachmentFiles : public testing::Test {
  protected:
    void SetUp() override { std::filesystem::remove_all(folder_); }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    static AttachmentRecord make(const std::string& sandbox, const std::string& interface) {
        return {
            .list = make_default_conflist({.subnet = "10.1.0.0/16", .subnet6 = ""}),
            .target =
                {.sandbox = SandboxId(sandbox),
                 .interface = interface,
                 .network_namespace = "/run/netns/x",
                 .ports = {{.host_ip = "::1", .host_port = 1, .container_port = 65535, .protocol = "udp"}}},
            .result = {}};
    }

    std::filesystem::path folder_ = std::filesystem::path(testing::TempDir()) / "redoubt-attachments";
    Attachments attachments_{folder_};
};

TEST_F(AttachmentFiles, GiveBackWhatWasSavedTheLastInterfaceFirst) {
    EXPECT_TRUE(attachments_.find(SandboxId("a"))->empty());
    ASSERT_TRUE(attachments_.save(make("a", "eth0")));
    auto second = make("a", "eth1");
    second.result = boost::json::object{{"cniVersion", "1.0.0"}};
    ASSERT_TRUE(attachments_.save(second));
    ASSERT_TRUE(attachments_.save(make("ab", "eth0")));
    const auto found = attachments_.find(SandboxId("a"));
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_EQ(found->size(), 2U);
    EXPECT_EQ((*found)[0].target.interface, "eth1");
    EXPECT_EQ((*found)[0].result, second.result);
    EXPECT_EQ((*found)[1].result, std::nullopt);
    EXPECT_EQ((*found)[1].target.ports, second.target.ports);
    EXPECT_EQ((*found)[1].list.plugins, second.list.plugins);
    EXPECT_EQ(attachments_.sandboxes(), (std::vector{SandboxId("a"), SandboxId("ab")}));
}

TEST_F(AttachmentFiles, MayBeRemovedTwice) {
    ASSERT_TRUE(attachments_.save(make("a", "eth0")));
    EXPECT_TRUE(attachments_.remove(make("a", "eth0")));
    EXPECT_TRUE(attachments_.remove(make("a", "eth0")));
    EXPECT_TRUE(attachments_.sandboxes().empty());
}

TEST_F(AttachmentFiles, ThatAreDamagedAreNamed) {
    ASSERT_TRUE(attachments_.save(make("a", "eth0")));
    ASSERT_TRUE(write_file(folder_ / "a+eth0.json", "{"));
    const auto found = attachments_.find(SandboxId("a"));
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, Code::data_loss);
    EXPECT_NE(found.error().message.find("a+eth0.json"), std::string::npos);
}

} // namespace
} // namespace redoubt::node::network::cni
