// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <sys/stat.h>

#include "tests/unit/guest-image/agent/sandbox/sandbox_fixture.hpp"

namespace redoubt::guest::sandbox {
namespace {

TEST_F(SandboxTest, InitIsTheFirstProcessOfItsOwn) {
    create_sandbox();
    EXPECT_EQ(run_shell("echo $$; ls -d /proc/[0-9]* | grep -c .").output.substr(0, 2), "1\n");
}

TEST_F(SandboxTest, CapabilitiesAreThoseOfTheSpecification) {
    create_sandbox();
    // CHOWN 0, DAC_OVERRIDE 1, KILL 5, SETGID 6, SETUID 7
    EXPECT_EQ(run_shell("grep Cap /proc/self/status").output,
              "CapInh:\t0000000000000000\nCapPrm:\t00000000000000e3\n"
              "CapEff:\t00000000000000e3\nCapBnd:\t00000000000000e3\n"
              "CapAmb:\t0000000000000000\n");
}

TEST_F(SandboxTest, AmbientCapabilitiesReachAUserWhoIsNotRoot) {
    create_sandbox();
    auto request = request_of("c1", {"grep", "CapAmb", "/proc/self/status"});
    request.spec.process.user.username = "web";
    request.spec.process.capabilities.inheritable = {"CAP_KILL"};
    request.spec.process.capabilities.ambient = {"CAP_KILL"};
    EXPECT_EQ(run(std::move(request)).output, "CapAmb:\t0000000000000020\n");
}

TEST_F(SandboxTest, ACapabilityThatDoesNotExistGrantsNothing) {
    create_sandbox();
    auto request = request_of("c1", {"grep", "CapBnd", "/proc/self/status"});
    request.spec.process.capabilities = {};
    request.spec.process.capabilities.bounding = {"CAP_EVERYTHING", "CAP_KILL"};
    EXPECT_EQ(run(std::move(request)).output, "CapBnd:\t0000000000000020\n");
}

TEST_F(SandboxTest, UsersComeFromTheImage) {
    create_sandbox();
    auto request = request_of("c1", {"sh", "-c", "id; echo $HOME"});
    request.spec.process.user.username = "web";
    EXPECT_EQ(run(std::move(request)).output, "uid=101(web) gid=102(web) groups=102(web),200(extra)\n/srv\n");
}

TEST_F(SandboxTest, SaysWhichUserTheImageDoesNotKnow) {
    create_sandbox();
    auto request = request_of("c1", {"true"});
    request.spec.process.user.username = "nobody";
    const auto made = create(std::move(request));
    EXPECT_EQ(made.error().code, Code::invalid_argument);
    EXPECT_EQ(made.error().message, "unable to find user nobody: no matching entries in passwd file");
}

TEST_F(SandboxTest, APasswdFileThatIsAPipeIsRefused) {
    create_sandbox();
    auto request = request_of("c1", {"true"});
    const std::string passwd = request.spec.root_path + "/etc/passwd";
    std::filesystem::remove(passwd);
    ASSERT_EQ(::mkfifo(passwd.c_str(), 0644), 0);
    EXPECT_EQ(create(std::move(request)).error().message, "/etc/passwd of the image is not a regular file");
}

TEST_F(SandboxTest, AUserWhoIsNotRootCanReopenItsOutput) {
    create_sandbox();
    auto request = request_of("c1", {"sh", "-c", "echo again > /dev/stdout"});
    request.spec.process.user.username = "web";
    EXPECT_EQ(run(std::move(request)).output, "again\n");
}

TEST_F(SandboxTest, AReadOnlyRootCannotBeWritten) {
    create_sandbox();
    auto request = request_of("c1", {"sh", "-c", "touch /x || echo refused; touch /dev/x && echo dev"});
    request.spec.root_readonly = true;
    EXPECT_EQ(run(std::move(request)).output, "refused\ndev\n");
}

TEST_F(SandboxTest, MaskedPathsAreEmptyAndReadOnlyOnesStay) {
    create_sandbox();
    auto request = request_of(
        "c1",
        {"sh", "-c",
         "head -c 1 /proc/version; echo end; ls /proc/irq; echo 1 > /proc/sys/kernel/panic || echo refused"});
    request.spec.linux_part.masked_paths = {"/proc/version", "/proc/irq", "/proc/nosuch"};
    request.spec.linux_part.readonly_paths = {"/proc/sys", "/proc/nosuch"};
    EXPECT_EQ(run(std::move(request)).output, "end\nrefused\n");
}

TEST_F(SandboxTest, AFalseNullDeviceMasksNothing) {
    create_sandbox();
    auto request = request_of("c1", {"true"});
    const std::filesystem::path root = request.spec.root_path;
    std::ofstream(root / "dev/null") << "not a device";
    request.spec.mounts.erase(request.spec.mounts.begin() + 1); // the tmpfs at /dev
    request.spec.linux_part.masked_paths = {"/proc/version"};
    const auto made = create(std::move(request));
    ASSERT_FALSE(made);
    EXPECT_TRUE(made.error().message.contains("/dev/null")) << made.error().message;
}

TEST_F(SandboxTest, ResourceLimitsHold) {
    create_sandbox();
    auto request = request_of("c1", {"sh", "-c", "ulimit -n; ulimit -H -n"});
    request.spec.process.rlimits = {{"RLIMIT_NOFILE", 200, 100}};
    EXPECT_EQ(run(std::move(request)).output, "100\n200\n");
    auto wrong = request_of("c2", {"true"});
    wrong.spec.process.rlimits = {{"RLIMIT_NOTHING", 1, 1}};
    EXPECT_EQ(create(std::move(wrong)).error().message, "unknown resource limit 'RLIMIT_NOTHING'");
}

TEST_F(SandboxTest, SeccompRefusesACall) {
    create_sandbox();
    for (const bool no_new_privileges : {false, true}) {
        auto request =
            request_of(no_new_privileges ? "c1" : "c2", {"sh", "-c", "mkdir /tmp/x || echo refused"});
        request.spec.process.no_new_privileges = no_new_privileges;
        request.spec.linux_part.seccomp =
            oci::Seccomp{.default_action = "SCMP_ACT_ALLOW",
                         .architectures = {"SCMP_ARCH_X86_64"},
                         .flags = {},
                         .rules = {{{"mkdir", "mkdirat", "nosuchcall"}, "SCMP_ACT_ERRNO", 1, {}}}};
        EXPECT_EQ(run(std::move(request)).output, "refused\n");
    }
}

TEST_F(SandboxTest, SeccompRefusesWordsItDoesNotKnow) {
    create_sandbox();
    auto request = request_of("c1", {"true"});
    request.spec.linux_part.seccomp = oci::Seccomp{.default_action = "SCMP_ACT_MAYBE"};
    EXPECT_EQ(create(std::move(request)).error().message, "seccomp: unknown action 'SCMP_ACT_MAYBE'");
}

TEST_F(SandboxTest, AMountOverALinkStaysInside) {
    create_sandbox();
    auto request = request_of("c1", {"sh", "-c", "touch /escape/marker /tmp/inside/marker; ls /escape"});
    const std::filesystem::path root = request.spec.root_path;
    const auto outside = base_ / "outside";
    std::filesystem::create_directories(outside);
    std::filesystem::create_symlink("../../../../../../../.." + outside.native(), root / "escape");
    request.spec.mounts.push_back({"/escape", "tmpfs", "tmpfs", {}});
    request.spec.mounts.push_back({"/tmp/inside", "tmpfs", "tmpfs", {}});
    EXPECT_EQ(run(std::move(request)).output, "marker\n");
    EXPECT_TRUE(std::filesystem::is_empty(outside));
    EXPECT_TRUE(std::filesystem::exists(root.native() + outside.native()))
        << "the link's target, made inside of the root";
}

TEST_F(SandboxTest, ProcMustBeAnOrdinaryFolder) {
    create_sandbox();
    auto request = request_of("c1", {"true"});
    const std::filesystem::path root = request.spec.root_path;
    std::filesystem::remove(root / "proc");
    std::filesystem::create_symlink("/tmp", root / "proc");
    const auto made = create(std::move(request));
    ASSERT_FALSE(made);
    EXPECT_TRUE(made.error().message.starts_with("mount proc at /proc")) << made.error().message;
}

TEST_F(SandboxTest, NothingIsBoundOverProc) {
    create_sandbox();
    std::filesystem::create_directories(base_ / "volume");
    auto request = request_of("c1", {"true"});
    request.spec.mounts.push_back({"/proc/sys/..", (base_ / "volume").native(), "bind", {"bind"}});
    const auto made = create(std::move(request));
    ASSERT_FALSE(made);
    EXPECT_TRUE(made.error().message.ends_with("nothing may be bound over /proc")) << made.error().message;
}

TEST_F(SandboxTest, BindsOnlyWhatLiesInItsFolder) {
    create_sandbox();
    std::filesystem::create_directories(base_ / "volume");
    std::ofstream(base_ / "volume/file") << "content\n";
    std::filesystem::create_directory_symlink("/etc", base_ / "link");
    auto good = request_of("c1", {"sh", "-c", "cat /data/file; touch /data/x || echo refused"});
    good.spec.mounts.push_back({"/data", (base_ / "volume").native(), "bind", {"rbind", "ro"}});
    EXPECT_EQ(run(std::move(good)).output, "content\nrefused\n");
    for (const auto& source :
         std::vector<std::string>{"/etc", base_ / "link", base_ / "../x", base_ / "nosuch"}) {
        auto bad = request_of("c2", {"true"});
        bad.spec.mounts.push_back({"/data", source, "bind", {"bind"}});
        EXPECT_FALSE(create(std::move(bad))) << source;
    }
}

TEST_F(SandboxTest, RefusesFilesystemsThatAreNotForContainers) {
    create_sandbox();
    auto request = request_of("c1", {"true"});
    request.spec.mounts.push_back({"/data", "/dev/sda", "ext4", {}});
    const auto made = create(std::move(request));
    ASSERT_FALSE(made);
    EXPECT_TRUE(made.error().message.contains("'ext4' is not allowed here")) << made.error().message;
}

TEST_F(SandboxTest, TheRootMustLieInItsFolder) {
    create_sandbox();
    auto request = request_of("c1", {"true"});
    request.spec.root_path = "/usr";
    EXPECT_EQ(create(std::move(request)).error().code, Code::invalid_argument);
}

TEST_F(SandboxTest, TheWorkingFolderIsMadeInside) {
    create_sandbox();
    auto request = request_of("c1", {"pwd"});
    request.spec.process.cwd = "/srv/deep/er";
    EXPECT_EQ(run(std::move(request)).output, "/srv/deep/er\n");
}

TEST_F(SandboxTest, RefusesNamespacesItCannotGive) {
    create_sandbox();
    auto user = request_of("c1", {"true"});
    user.spec.linux_part.namespaces.push_back({"user", ""});
    EXPECT_EQ(create(std::move(user)).error().code, Code::unimplemented);
    auto joined = request_of("c2", {"true"});
    joined.spec.linux_part.namespaces.push_back({"network", "/proc/1/ns/net"});
    EXPECT_EQ(create(std::move(joined)).error().code, Code::invalid_argument);
}

TEST_F(SandboxTest, HoldsNoDescriptorOfTheAgent) {
    create_sandbox();
    EXPECT_EQ(run_shell("ls /proc/self/fd").output, "0\n1\n2\n3\n") << "3 is the folder that ls reads";
}

TEST_F(SandboxTest, SignalsAreAsAProgramExpectsThem) {
    create_sandbox();
    EXPECT_EQ(run(request_of("c1", {"grep", "-E", "Sig(Blk|Ign|Cgt)", "/proc/self/status"})).output,
              "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nSigCgt:\t0000000000000000\n");
}

TEST_F(SandboxTest, ContainersShareProcessesOnlyWhenAsked) {
    const auto made = await(box_->create({.id = SandboxId("sb"), .pids = PidSharing::shared}));
    ASSERT_TRUE(made);
    ASSERT_TRUE(create(request_of("c1", {"sleep", "777"})));
    ASSERT_TRUE(start("c1"));
    EXPECT_EQ(run(request_of("c2", {"cat", "/proc/1/cmdline"})).output, std::string("sleep\000777\0", 10));
}

TEST_F(SandboxTest, BringsHostsAndResolvConf) {
    const auto made =
        await(box_->create({.id = SandboxId("sb"), .hostname = "redbox", .dns = {"10.0.0.1", "search lan"}}));
    ASSERT_TRUE(made);
    EXPECT_EQ(run_shell("cat /etc/resolv.conf /etc/hostname; grep -c localhost /etc/hosts").output,
              "nameserver 10.0.0.1\nsearch lan\nredbox\n2\n");
}

} // namespace
} // namespace redoubt::guest::sandbox
