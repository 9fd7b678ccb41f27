// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/agent_client/encode_spec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace redoubt::node::agent_client {
namespace {

using ::testing::ElementsAre;

TEST(EncodeSpec, CarriesTheProcess) {
    const oci::Process process{
        .terminal = true,
        .console_size = {.rows = 24, .columns = 80},
        .user = {.uid = 1, .gid = 2, .additional_gids = {3, 4}, .username = "redis:redis"},
        .args = {"sh", "-c", "true"},
        .env = {"A=1"},
        .cwd = "/data",
        .capabilities = {.bounding = {"CAP_KILL"},
                         .effective = {"CAP_CHOWN"},
                         .inheritable = {"CAP_FOWNER"},
                         .permitted = {"CAP_SETUID"},
                         .ambient = {"CAP_SETGID"}},
        .rlimits = {{.type = "RLIMIT_NOFILE", .hard = 9, .soft = 8}},
        .no_new_privileges = true,
        .oom_score_adj = -500};
    const grpc::Process out = encode_process(process);
    EXPECT_TRUE(out.terminal());
    EXPECT_EQ(out.consolesize().height(), 24U);
    EXPECT_EQ(out.consolesize().width(), 80U);
    EXPECT_EQ(out.user().uid(), 1U);
    EXPECT_EQ(out.user().gid(), 2U);
    EXPECT_THAT(out.user().additionalgids(), ElementsAre(3, 4));
    EXPECT_EQ(out.user().username(), "redis:redis");
    EXPECT_THAT(out.args(), ElementsAre("sh", "-c", "true"));
    EXPECT_THAT(out.env(), ElementsAre("A=1"));
    EXPECT_EQ(out.cwd(), "/data");
    EXPECT_THAT(out.capabilities().bounding(), ElementsAre("CAP_KILL"));
    EXPECT_THAT(out.capabilities().effective(), ElementsAre("CAP_CHOWN"));
    EXPECT_THAT(out.capabilities().inheritable(), ElementsAre("CAP_FOWNER"));
    EXPECT_THAT(out.capabilities().permitted(), ElementsAre("CAP_SETUID"));
    EXPECT_THAT(out.capabilities().ambient(), ElementsAre("CAP_SETGID"));
    ASSERT_EQ(out.rlimits_size(), 1);
    EXPECT_EQ(out.rlimits(0).type(), "RLIMIT_NOFILE");
    EXPECT_EQ(out.rlimits(0).hard(), 9U);
    EXPECT_EQ(out.rlimits(0).soft(), 8U);
    EXPECT_TRUE(out.nonewprivileges());
    EXPECT_EQ(out.oomscoreadj(), -500);
}

TEST(EncodeSpec, CarriesRootMountsAndAnnotations) {
    oci::Spec spec;
    spec.root_path = "/run/root";
    spec.root_readonly = true;
    spec.hostname = "pod";
    spec.mounts = {
        {.destination = "/proc", .source = "proc", .type = "proc", .options = {"nosuid", "noexec"}}};
    spec.annotations = {{"key", "value"}};
    const grpc::Spec out = encode_spec(spec);
    EXPECT_EQ(out.version(), "1.1.0");
    EXPECT_EQ(out.root().path(), "/run/root");
    EXPECT_TRUE(out.root().readonly());
    EXPECT_EQ(out.hostname(), "pod");
    ASSERT_EQ(out.mounts_size(), 1);
    EXPECT_EQ(out.mounts(0).destination(), "/proc");
    EXPECT_EQ(out.mounts(0).source(), "proc");
    EXPECT_EQ(out.mounts(0).type(), "proc");
    EXPECT_THAT(out.mounts(0).options(), ElementsAre("nosuid", "noexec"));
    EXPECT_EQ(out.annotations().at("key"), "value");
}

TEST(EncodeSpec, CarriesNamespacesDevicesAndLimits) {
    oci::Spec spec;
    auto& part = spec.linux_part;
    part.sysctl = {{"net.ipv4.ip_forward", "1"}};
    part.cgroups_path = "/redoubt/c1";
    part.namespaces = {{.type = "pid", .path = ""}, {.type = "ipc", .path = "/run/ipc"}};
    part.devices = {
        {.path = "/dev/fuse", .type = "c", .major = 10, .minor = 229, .file_mode = 0600, .uid = 5, .gid = 6}};
    part.resources = {.devices = {{.allow = true, .type = "c", .major = 10, .minor = -1, .access = "rwm"}},
                      .memory_limit = 1 << 20,
                      .memory_reservation = 2,
                      .memory_swap = 3,
                      .cpu_shares = 4,
                      .cpu_quota = 5,
                      .cpu_period = 6,
                      .cpuset_cpus = "0-1",
                      .cpuset_mems = "0",
                      .pids_limit = 7};
    part.rootfs_propagation = "private";
    part.masked_paths = {"/proc/kcore"};
    part.readonly_paths = {"/proc/sys"};
    const grpc::Spec spec_out = encode_spec(spec);
    const grpc::Linux& out = spec_out.linux();
    EXPECT_EQ(out.sysctl().at("net.ipv4.ip_forward"), "1");
    EXPECT_EQ(out.cgroupspath(), "/redoubt/c1");
    ASSERT_EQ(out.namespaces_size(), 2);
    EXPECT_EQ(out.namespaces(1).type(), "ipc");
    EXPECT_EQ(out.namespaces(1).path(), "/run/ipc");
    ASSERT_EQ(out.devices_size(), 1);
    EXPECT_EQ(out.devices(0).path(), "/dev/fuse");
    EXPECT_EQ(out.devices(0).minor(), 229);
    EXPECT_EQ(out.devices(0).filemode(), 0600U);
    const grpc::LinuxResources& limits = out.resources();
    ASSERT_EQ(limits.devices_size(), 1);
    EXPECT_TRUE(limits.devices(0).allow());
    EXPECT_EQ(limits.devices(0).minor(), -1);
    EXPECT_EQ(limits.devices(0).access(), "rwm");
    EXPECT_EQ(limits.memory().limit(), 1 << 20);
    EXPECT_EQ(limits.memory().swap(), 3);
    EXPECT_EQ(limits.cpu().shares(), 4U);
    EXPECT_EQ(limits.cpu().quota(), 5);
    EXPECT_EQ(limits.cpu().period(), 6U);
    EXPECT_EQ(limits.cpu().cpus(), "0-1");
    EXPECT_EQ(limits.pids().limit(), 7);
    EXPECT_EQ(out.rootfspropagation(), "private");
    EXPECT_THAT(out.maskedpaths(), ElementsAre("/proc/kcore"));
    EXPECT_THAT(out.readonlypaths(), ElementsAre("/proc/sys"));
    EXPECT_FALSE(out.has_seccomp());
}

TEST(EncodeSpec, CarriesSeccomp) {
    oci::Spec spec;
    spec.linux_part.seccomp = oci::Seccomp{
        .default_action = "SCMP_ACT_ERRNO",
        .default_errno_return = 38,
        .architectures = {"SCMP_ARCH_X86_64"},
        .flags = {"SECCOMP_FILTER_FLAG_LOG"},
        .rules = {{.names = {"personality"},
                   .action = "SCMP_ACT_ALLOW",
                   .errno_return = 0,
                   .arguments = {{.index = 0, .value = 8, .value_two = 9, .op = "SCMP_CMP_EQ"}}},
                  {.names = {"read"}, .action = "SCMP_ACT_ALLOW", .errno_return = {}, .arguments = {}}}};
    const grpc::Spec spec_out = encode_spec(spec);
    const grpc::LinuxSeccomp& out = spec_out.linux().seccomp();
    EXPECT_EQ(out.defaultaction(), "SCMP_ACT_ERRNO");
    EXPECT_EQ(out.defaulterrnoret(), 38U);
    EXPECT_THAT(out.architectures(), ElementsAre("SCMP_ARCH_X86_64"));
    EXPECT_THAT(out.flags(), ElementsAre("SECCOMP_FILTER_FLAG_LOG"));
    ASSERT_EQ(out.syscalls_size(), 2);
    EXPECT_TRUE(out.syscalls(0).has_errnoret());
    EXPECT_FALSE(out.syscalls(1).has_errnoret());
    ASSERT_EQ(out.syscalls(0).args_size(), 1);
    EXPECT_EQ(out.syscalls(0).args(0).value(), 8U);
    EXPECT_EQ(out.syscalls(0).args(0).valuetwo(), 9U);
    EXPECT_EQ(out.syscalls(0).args(0).op(), "SCMP_CMP_EQ");
}

} // namespace
} // namespace redoubt::node::agent_client
