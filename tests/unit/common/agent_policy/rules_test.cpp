// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "tests/unit/common/agent_policy/example.hpp"

namespace redoubt::test {
namespace {

namespace bj = boost::json;

/// One thing that is changed in an allowed request, as a JSON pointer and a JSON text.
struct Change {
    const char* place;
    const char* value;
};

bj::value changed(const Change& change, const bj::value& base) {
    auto request = base;
    request.set_at_pointer(change.place, bj::parse(change.value));
    return request;
}

const agent_policy::GeneratedPolicy& example_policy() {
    static const auto policy = policy_of(example_pod(), example_images());
    return policy;
}

bool is_allowed(const bj::value& request) {
    return decider_of(example_policy())->decide("CreateContainerRequest", bj::serialize(request)).allowed;
}

TEST(Rules, AllowTheContainerThePodDescribes) {
    const auto decision =
        decider_of(example_policy())->decide("CreateContainerRequest", bj::serialize(example_request()));
    EXPECT_TRUE(decision.allowed) << decision.summary();
}

class RefusedChange : public testing::TestWithParam<Change> {};

TEST_P(RefusedChange, IsWhatTheHostMayNotChange) {
    // What is refused changes no state, so one policy serves all of them.
    static const auto decider = decider_of(example_policy());
    EXPECT_FALSE(
        decider->decide("CreateContainerRequest", bj::serialize(changed(GetParam(), example_request())))
            .allowed);
}

INSTANTIATE_TEST_SUITE_P(
    Container, RefusedChange,
    testing::Values(
        Change{"/shared_mounts", R"([{"name": "x"}])"}, Change{"/string_user", R"({"uid": "0"})"},
        Change{"/stdin_port", "1"}, Change{"/stdout_port", "1"}, Change{"/stderr_port", "1"},
        Change{"/sandbox_pidns", "true"}, Change{"/container_id", R"("../c1")"},
        Change{"/devices", R"([{"container_path": "/dev/vfio/1", "type_": "vfio-pci-gk", "options": []}])"},
        Change{"/OCI/Version", R"("1.0.0")"}, Change{"/OCI/Hooks", R"({"Prestart": [{"Path": "/x"}]})"},
        Change{"/OCI/Solaris", "{}"}, Change{"/OCI/Windows", "{}"}, Change{"/OCI/Root/Readonly", "false"},
        Change{"/OCI/Root/Path", R"("/rootfs")"},
        Change{"/OCI/Root/Path", R"("/run/kata-containers/shared/containers/c1/rootfs")"},
        Change{"/OCI/Annotations/io.kubernetes.cri.container-type", R"("sandbox")"},
        Change{"/OCI/Annotations/io.kubernetes.cri.container-name", R"("other")"},
        Change{"/OCI/Annotations/io.kubernetes.cri.sandbox-name", R"("other")"},
        Change{"/OCI/Annotations/io.kubernetes.cri.sandbox-namespace", R"("a b")"},
        Change{"/OCI/Annotations/io.kubernetes.cri.image-name", R"("registry.example/web:latest")"},
        Change{"/OCI/Annotations/io.katacontainers.pkg.oci.container_type", R"("pod_sandbox")"},
        Change{"/OCI/Annotations/unknown", R"("x")"}));

INSTANTIATE_TEST_SUITE_P(
    Process, RefusedChange,
    testing::Values(Change{"/OCI/Process/Args/0", R"("/sh")"}, Change{"/OCI/Process/Args/2", R"("shopx")"},
                    Change{"/OCI/Process/Args", R"(["/web", "--as"])"}, Change{"/OCI/Process/Cwd", R"("/")"},
                    Change{"/OCI/Process/Terminal", "true"}, Change{"/OCI/Process/NoNewPrivileges", "false"},
                    Change{"/OCI/Process/SelinuxLabel", R"("x")"}, Change{"/OCI/Process/User/UID", "0"},
                    Change{"/OCI/Process/User/GID", "0"}, Change{"/OCI/Process/User/Username", R"("root")"},
                    Change{"/OCI/Process/User/AdditionalGids", "[2000]"},
                    Change{"/OCI/Process/User/AdditionalGids", "[2000, 3000, 0]"},
                    Change{"/OCI/Process/Env/0", R"("PATH=/tmp")"},
                    Change{"/OCI/Process/Env/1", R"("POD=x")"}, Change{"/OCI/Process/Env/2", R"("MODE=axb")"},
                    Change{"/OCI/Process/Env/3", R"("LD_PRELOAD=/x")"},
                    Change{"/OCI/Process/Env/3", R"("HOSTNAME=a b")"},
                    Change{"/OCI/Process/Env/4", R"("DB_SERVICE_HOST=evil.example")"},
                    Change{"/OCI/Process/Capabilities/Ambient", R"(["CAP_SYS_ADMIN"])"},
                    Change{"/OCI/Process/Capabilities/Inheritable", R"(["CAP_SYS_ADMIN"])"},
                    Change{"/OCI/Process/Capabilities/Permitted", R"([])"},
                    Change{"/OCI/Process/Capabilities/Effective", R"(["CAP_NET_BIND_SERVICE", "CAP_KILL"])"},
                    Change{"/OCI/Process/Capabilities/Bounding", R"(["CAP_SYS_ADMIN"])"}));

INSTANTIATE_TEST_SUITE_P(
    Linux, RefusedChange,
    testing::Values(Change{"/OCI/Linux/Seccomp", R"({"DefaultAction": "SCMP_ACT_ERRNO"})"},
                    Change{"/OCI/Linux/IntelRdt", "{}"}, Change{"/OCI/Linux/UIDMappings", "[{}]"},
                    Change{"/OCI/Linux/GIDMappings", "[{}]"}, Change{"/OCI/Linux/MountLabel", R"("x")"},
                    Change{"/OCI/Linux/RootfsPropagation", R"("shared")"},
                    Change{"/OCI/Linux/Resources/Devices", R"([{"Allow": true}])"},
                    Change{"/OCI/Linux/Devices", R"([{"Path": "/dev/mem"}])"},
                    Change{"/OCI/Linux/Sysctl/net.core.somaxconn", R"("1")"},
                    Change{"/OCI/Linux/Sysctl/kernel.core_pattern", R"("|/x")"},
                    Change{"/OCI/Linux/MaskedPaths", R"(["/proc/acpi"])"},
                    Change{"/OCI/Linux/ReadonlyPaths", R"([])"},
                    Change{"/OCI/Linux/Namespaces",
                           R"([{"Type": "ipc", "Path": ""}, {"Type": "uts", "Path": ""}])"},
                    Change{"/OCI/Linux/Namespaces/0/Path", R"("/proc/1/ns/ipc")"},
                    Change{"/OCI/Linux/Namespaces/2/Type", R"("user")"},
                    Change{"/OCI/Linux/Namespaces/-", R"({"Type": "network", "Path": "/proc/1/ns/net"})"}));

INSTANTIATE_TEST_SUITE_P(
    Storage, RefusedChange,
    testing::Values(
        Change{"/storages/0/driver", R"("virtio-fs")"},
        Change{"/storages/0/driver_options", R"(["create_filesystem"])"},
        Change{"/storages/0/fs_group", R"({"group_id": 0})"}, Change{"/storages/0/fstype", R"("xfs")"},
        Change{"/storages/0/options", R"(["suid"])"}, Change{"/storages/0/source", R"("/dev/vda")"},
        Change{"/storages/0/mount_point", R"("/run/kata-containers/sandbox/storage/other")"},
        Change{"/storages/0/shared", "false"}, Change{"/storages/1/mount_point", R"("/run/x")"},
        Change{"/storages/1/source", R"("/dev/vda")"},
        Change{"/storages/2/source", R"("registry.example/evil:latest")"},
        Change{"/storages/2/mount_point", R"("/run/kata-containers/other/rootfs")"},
        Change{"/storages/2/fstype", R"("erofs")"},
        Change{"/storages/2/driver_options",
               R"x(["image_guest_pull={\"metadata\":{\"io.kubernetes.cri.container-type\":\"sandbox\"}}"])x"},
        Change{"/storages/2/driver_options", R"(["other"])"},
        Change{"/OCI/Mounts/0/options", R"(["nosuid"])"}, Change{"/OCI/Mounts/0/source", R"("/proc")"},
        Change{"/OCI/Mounts/0/type_", R"("bind")"}, Change{"/OCI/Mounts/1/options/5", R"("rw")"},
        Change{"/OCI/Mounts/2/source", R"("/run/x")"}, Change{"/OCI/Mounts/2/options/1", R"("rshared")"},
        Change{"/OCI/Mounts/2/destination", R"("/tmp")"},
        Change{"/OCI/Mounts/3/source", R"("/run/kata-containers/sandbox/storage/MDIvMDA=")"},
        Change{"/OCI/Mounts/4/options/2", R"("rw")"},
        Change{"/OCI/Mounts/4/source", R"("/run/kata-containers/shared/containers/c2-0123456789abcdef-web")"},
        Change{"/OCI/Mounts/4/source",
               R"("/run/kata-containers/shared/containers/c1-0123456789abcdef-passwd")"},
        Change{"/OCI/Mounts/4/destination", R"("/web")"}));

class AllowedChange : public testing::TestWithParam<Change> {};

TEST_P(AllowedChange, IsTheNodesToMake) {
    EXPECT_TRUE(is_allowed(changed(GetParam(), example_request())));
}

INSTANTIATE_TEST_SUITE_P(
    Container, AllowedChange,
    testing::Values(
        Change{"/OCI/Hooks", R"({"Prestart": []})"}, Change{"/OCI/Process/ApparmorProfile", R"("x")"},
        Change{"/OCI/Process/OOMScoreAdj", "1000"}, Change{"/OCI/Linux/CgroupsPath", R"("x")"},
        Change{"/OCI/Linux/Resources/Memory/Limit", "1"},
        Change{"/OCI/Linux/MaskedPaths/-", R"("/sys/devices/virtual/powercap")"},
        Change{"/OCI/Process/Env/3", R"("DB_PORT_80_TCP_ADDR=10.0.0.9")"},
        Change{"/OCI/Annotations/io.kubernetes.cri.sandbox-namespace", R"("shops")"},
        Change{"/OCI/Annotations/nerdctl~1network-namespace", R"("/var/run/netns/cni-1")"},
        Change{
            "/OCI/Annotations/io.kubernetes.cri.image-name",
            R"("registry.example/web@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")"},
        Change{"/OCI/Linux/Namespaces/-", R"({"Type": "network", "Path": "/run/netns/podns"})"},
        Change{"/OCI/Linux/Sysctl", "{}"}, Change{"/storages/0/fs_group", "null"}));

TEST(Rules, GiveASlotToOneContainerUntilItIsRemoved) {
    const auto decider = decider_of(example_policy());
    const auto create = [&](const char* id) {
        auto request = example_request();
        request.as_object()["container_id"] = id;
        return decider->decide("CreateContainerRequest", bj::serialize(request)).allowed;
    };
    EXPECT_TRUE(create("c1"));
    EXPECT_TRUE(create("c1")) << "the same container, asked for again";
    EXPECT_FALSE(create("c2"));
    EXPECT_TRUE(decider->decide("RemoveContainerRequest", R"({"container_id": "c1", "timeout": 0})").allowed);
    EXPECT_TRUE(create("c2"));
    EXPECT_FALSE(create("c1"));
}

TEST(Rules, GiveNoContainerTheRootFolderOfAnother) {
    auto pod = example_pod();
    pod.containers.push_back(pod.containers[0]);
    pod.containers[1].name = "other";
    const auto decider = decider_of(policy_of(pod, example_images()));
    ASSERT_TRUE(decider->decide("CreateContainerRequest", bj::serialize(example_request())).allowed);
    auto other = example_request();
    other.as_object()["container_id"] = "c2";
    other.set_at_pointer("/OCI/Annotations/io.kubernetes.cri.container-name", "other");
    EXPECT_FALSE(decider->decide("CreateContainerRequest", bj::serialize(other)).allowed);
    for (const auto* place : {"/OCI/Root/Path", "/storages/2/mount_point"})
        other.set_at_pointer(place, "/run/kata-containers/c2/rootfs");
    other.set_at_pointer("/OCI/Mounts/4/source",
                         "/run/kata-containers/shared/containers/c2-0123456789abcdef-web");
    const auto decision = decider->decide("CreateContainerRequest", bj::serialize(other));
    EXPECT_TRUE(decision.allowed) << decision.summary();
}

TEST(Rules, KeepASandboxWhatItWasWhenItsFirstContainerCame) {
    for (const auto& change :
         {Change{"/OCI/Annotations/io.kubernetes.cri.sandbox-namespace", R"("other")"},
          Change{"/OCI/Linux/Namespaces/-", R"({"Type": "network", "Path": "/run/netns/x"})"}}) {
        const auto decider = decider_of(example_policy());
        EXPECT_TRUE(decider->decide("CreateContainerRequest", bj::serialize(example_request())).allowed);
        EXPECT_FALSE(
            decider->decide("CreateContainerRequest", bj::serialize(changed(change, example_request())))
                .allowed);
    }
}

TEST(Rules, RunProbesInTheirContainerOnly) {
    const auto decider = decider_of(example_policy());
    const auto exec = [&](std::string_view text) {
        return decider->decide("ExecProcessRequest", text).allowed;
    };
    const bj::value good = bj::parse(
        R"({"container_id": "c1", "exec_id": "e", "string_user": null, "process": {"Args": ["check", "a.b"], "Cwd": "/srv",
            "NoNewPrivileges": true, "User": {"UID": 1000, "GID": 2000, "AdditionalGids": [2000, 3000]}, "Env": ["MODE=a.b"]}})");
    EXPECT_FALSE(exec(bj::serialize(good))) << "there is no container yet";
    ASSERT_TRUE(decider->decide("CreateContainerRequest", bj::serialize(example_request())).allowed);
    EXPECT_TRUE(exec(bj::serialize(good)));
    for (const auto& change :
         std::array{Change{"/container_id", R"("c2")"}, Change{"/string_user", R"({"uid": "0"})"},
                    Change{"/stdout_port", "1"}, Change{"/process/Args", R"(["sh"])"},
                    Change{"/process/Args", R"(["check a.b"])"}, Change{"/process/Cwd", R"("/")"},
                    Change{"/process/Terminal", "true"}, Change{"/process/NoNewPrivileges", "false"},
                    Change{"/process/User/UID", "0"}, Change{"/process/SelinuxLabel", R"("x")"},
                    Change{"/process/ApparmorProfile", R"("x")"}, Change{"/process/Env", R"(["A=b"])"},
                    Change{"/process/Capabilities", R"({"Bounding": ["CAP_SYS_ADMIN"]})"}})
        EXPECT_FALSE(exec(bj::serialize(changed(change, good)))) << change.place << " " << change.value;
}

bool decides(std::string_view rule, std::string_view request) {
    static const auto decider = decider_of(example_policy()); // none of these changes the state
    return decider->decide(rule, request).allowed;
}

TEST(Rules, LeadNoRouteIntoTheGuestItself) {
    EXPECT_TRUE(decides("UpdateRoutesRequest", R"({"routes": {"Routes": [
        {"dest": "", "gateway": "10.0.0.1", "device": "eth0", "source": ""},
        {"dest": "10.0.0.0/24", "gateway": "", "device": "eth0", "source": "10.0.0.7"},
        {"dest": "fe80::/64", "gateway": "", "device": "eth0", "source": ""}]}})"));
    for (const auto* route : {R"({"dest": "", "device": "lo"})", R"({"dest": ""})",
                              R"({"dest": "127.0.0.0/8", "device": "eth0"})",
                              R"({"dest": "", "device": "eth0", "source": "127.0.0.1"})",
                              R"({"dest": "::1/128", "device": "eth0"})",
                              R"({"dest": "", "device": "eth0", "source": "0:0:0:0:0:0:0:1"})",
                              R"({"dest": "", "device": "eth0", "source": "::ffff:127.0.0.1"})",
                              R"({"dest": "", "device": "eth0", "gateway": "127.9.9.9"})",
                              R"({"dest": "nowhere", "device": "eth0"})"})
        EXPECT_FALSE(
            decides("UpdateRoutesRequest", std::string(R"({"routes": {"Routes": [)") + route + "]}}"))
            << route;
}

TEST(Rules, KeepToTheGuestsOwnInterfaces) {
    EXPECT_TRUE(decides("UpdateInterfaceRequest",
                        R"({"interface": {"name": "eth0", "hwAddr": "02:00:00:00:00:01", "raw_flags": 128,
                            "IPAddresses": [{"address": "10.0.0.7"}]}})"));
    EXPECT_FALSE(decides("UpdateInterfaceRequest", R"({"interface": {"name": "eth0", "hwAddr": ""}})"));
    EXPECT_FALSE(decides("UpdateInterfaceRequest",
                         R"({"interface": {"name": "eth0", "hwAddr": "02:00:00:00:00:01",
                             "IPAddresses": [{"address": "127.0.0.2"}]}})"));
    EXPECT_FALSE(decides("AddARPNeighborsRequest",
                         R"({"neighbors": {"ARPNeighbors": [{"device": "eth0", "state": 128,
                             "toIPAddress": {"address": "::1"}}]}})"));
}

TEST(Rules, MakeASandboxWithItsSharedMemoryAndNothingElse) {
    constexpr std::string_view k_begin =
        R"({"sandbox_pidns": false, "storages": [{"driver": "ephemeral", "source": "shm",
        "fstype": "tmpfs", "options": ["noexec", "nosuid", "nodev", "mode=1777", "size=67108864"], "mount_point": ")";
    EXPECT_TRUE(
        decides("CreateSandboxRequest", std::string(k_begin) + R"(/run/kata-containers/sandbox/shm"}]})"));
    EXPECT_FALSE(decides("CreateSandboxRequest", std::string(k_begin) + R"(/etc"}]})"));
}

TEST(Rules, OpenAWholeCallOnlyWhereTheSettingsSaySo) {
    for (const auto* rule : {"AddSwapRequest",           "CloseStdinRequest",
                             "GetDiagnosticDataRequest", "GetIPTablesRequest",
                             "GetMetricsRequest",        "ListInterfacesRequest",
                             "ListRoutesRequest",        "MemAgentCompactConfig",
                             "MemAgentMemcgConfig",      "MemHotplugByProbeRequest",
                             "PauseContainerRequest",    "ReadStreamRequest",
                             "ReseedRandomDevRequest",   "ResizeVolumeRequest",
                             "ResumeContainerRequest",   "SetGuestDateTimeRequest",
                             "SetIPTablesRequest",       "SetPolicyRequest",
                             "UpdateContainerRequest",   "UpdateEphemeralMountsRequest",
                             "VolumeStatsRequest",       "WriteStreamRequest",
                             "AddSwapPathRequest"}) {
        EXPECT_FALSE(decides(rule, "{}")) << rule;
        const auto open =
            policy_of(example_pod(), example_images(), std::string(R"({"allow": [")") + rule + "\"]}");
        EXPECT_TRUE(decider_of(open)->decide(rule, "{}").allowed) << rule;
    }
    for (const auto* rule :
         {"DestroySandboxRequest", "GetOOMEventRequest", "GuestDetailsRequest", "OnlineCPUMemRequest",
          "RemoveStaleVirtiofsShareMountsRequest", "SignalProcessRequest", "StartContainerRequest",
          "StatsContainerRequest", "TtyWinResizeRequest", "WaitProcessRequest"})
        EXPECT_TRUE(decides(rule, "{}")) << rule;
}

} // namespace
} // namespace redoubt::test
