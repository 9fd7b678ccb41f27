// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/spec_json.hpp"

#include <gtest/gtest.h>

namespace redoubt::node::sandbox {
namespace {

ContainerSpec full_spec() {
    ContainerSpec spec;
    spec.image = "localhost/test:latest";
    spec.name = "web";
    spec.entrypoint = {"/bin/sh", "-c"};
    spec.clear_entrypoint = true;
    spec.command = {"echo \"hi\""};
    spec.environment = {"A=1", "B="};
    spec.working_directory = "/srv";
    spec.user = "1000:1000";
    spec.terminal = true;
    spec.stdin_open = true;
    spec.read_only_rootfs = true;
    spec.memory_bytes = 1ULL << 40U;
    spec.cpus = 0.1;
    spec.hostname = "box";
    spec.auto_remove = true;
    spec.labels = {{"a", "b"}};
    spec.annotations = {{"c", "d"}};
    spec.terminal_size = {.rows = 24, .columns = 80};
    spec.stop_signal = "SIGINT";
    spec.networks = {"lan", "redoubt"};
    spec.ports = {{.host_ip = "::1", .host_port = 65535, .container_port = 1, .protocol = "udp"}};
    spec.mounts = {
        {.kind = launch::MountKind::volume, .source = "data", .target = "/data", .read_only = true},
        {.kind = launch::MountKind::tmpfs,
         .source = "",
         .target = "/m",
         .tmpfs_bytes = 4096,
         .tmpfs_mode = 0700,
         .options = {"exec"}},
        {.kind = launch::MountKind::bind, .source = "/etc", .target = "/e", .without_copy = true}};
    spec.added_capabilities = {"NET_ADMIN"};
    spec.dropped_capabilities = {"ALL"};
    spec.privileged = true;
    spec.shm_bytes = 1U << 20U;
    spec.devices = {"/dev/fuse:r"};
    spec.ulimits = {{.type = "core", .hard = ~0ULL, .soft = 3}};
    spec.restart = {.kind = RestartPolicy::Kind::on_failure, .most_retries = 5};
    return spec;
}

TEST(SpecJson, GivesBackWhatWasWritten) {
    const auto text = render_spec(full_spec());
    const auto parsed = parse_spec(text);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(render_spec(*parsed), text);
    EXPECT_EQ(parsed->cpus, 0.1);
    EXPECT_EQ(parsed->memory_bytes, 1ULL << 40U);
    EXPECT_EQ(parsed->terminal_size.columns, 80U);
    EXPECT_TRUE(parsed->auto_remove);
    EXPECT_EQ(parsed->networks, full_spec().networks);
    EXPECT_EQ(parsed->ports, full_spec().ports);
    EXPECT_EQ(parsed->mounts, full_spec().mounts);
    ASSERT_EQ(parsed->ulimits.size(), 1U);
    EXPECT_EQ(parsed->ulimits[0].hard, ~0ULL);
    EXPECT_EQ(parsed->devices, full_spec().devices);
    EXPECT_EQ(parsed->restart.most_retries, 5U);
}

TEST(SpecJson, WithoutMountsIsFromATimeWithoutThem) {
    auto text = render_spec(full_spec());
    for (const std::string member : {"mounts", "ulimits", "restart", "privileged"})
        text.replace(text.find('"' + member + '"') + 1, 1, "X");
    const auto parsed = parse_spec(text);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_TRUE(parsed->mounts.empty() && parsed->ulimits.empty() && !parsed->privileged);
    EXPECT_EQ(parsed->restart.kind, RestartPolicy::Kind::no);
}

TEST(SpecJson, WithoutNetworksIsFromATimeWithoutThem) {
    auto text = render_spec(full_spec());
    text.replace(text.find("\"networks\""), 10, "\"unheard_of\"");
    const auto parsed = parse_spec(text);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->networks, std::vector<std::string>{"none"});
    EXPECT_TRUE(parsed->ports.empty());
}

TEST(SpecJson, RefusesAVersionOfTheFuture) {
    auto text = render_spec(full_spec());
    text.replace(text.find("\"version\":1"), 11, "\"version\":2");
    const auto parsed = parse_spec(text);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, Code::failed_precondition);
}

TEST(SpecJson, NamesTheMemberThatIsMissing) {
    const auto parsed = parse_spec(R"({"version":1,"image":"x"})");
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().message, "container spec.name: missing");
}

TEST(SpecJson, FactsGiveBackWhatWasWritten) {
    SandboxFacts facts;
    facts.info.hypervisor = "qemu";
    facts.info.accelerator = "tcg";
    facts.info.vcpus = 2;
    facts.info.memory_bytes = 256U << 20U;
    facts.info.kernel_cmdline = "quiet";
    facts.info.disks = {{"layer0", "/layers/a", true, "abc"}};
    facts.info.interfaces = {{"eth0", "lan", "02:00:00:00:00:01", 1500, {"10.0.0.2/8", "fd00::2/64"}}};
    facts.info.confidential = {.trust = "simulation",
                               .initdata_digest = "sha384:ab",
                               .host_data = "ab",
                               .measurement = "cd",
                               .firmware = "/f",
                               .broker = "b:1"};
    facts.image.name = "test";
    facts.image.environment = {"PATH=/bin"};
    const auto text = render_facts(facts);
    const auto parsed = parse_facts(text);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(render_facts(*parsed), text);
}

} // namespace
} // namespace redoubt::node::sandbox
