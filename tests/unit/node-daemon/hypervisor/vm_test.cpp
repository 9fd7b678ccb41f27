// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// Real VMs: the guest kernel in real QEMU.
#include "node-daemon/hypervisor/qemu/qemu_hypervisor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <format>
#include <set>
#include <sstream>
#include <thread>

#include "common/base/file.hpp"
#include "node-daemon/hypervisor/trial_boot.hpp"
#include "tests/unit/node-daemon/hypervisor/run_task.hpp"
#include "tests/unit/node-daemon/hypervisor/test_guest.hpp"

namespace redoubt::node::hypervisor::qemu {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// Generous: emulated guests share the machine with whatever else runs.
constexpr Duration k_limit = 90s;

class Vm : public testing::Test {
  protected:
    void SetUp() override {
        const auto kernel = test::find_guest_kernel();
        if (!kernel) GTEST_SKIP() << "no guest kernel built yet";
        ASSERT_TRUE(test::write_initramfs(files_.path() / "initramfs", test::obedient_init()));
        spec_ = {.id = SandboxId("test-vm"),
                 .kernel = *kernel,
                 .initramfs = files_.path() / "initramfs",
                 .cmdline = std::format(
                     "console=hvc0 quiet panic=-1 reboot=t no_timer_check tsc_early_khz={}", test::tsc_khz()),
                 .vcpus = 1,
                 .memory_bytes = 128U << 20U,
                 .accelerator = launch::Accelerator::tcg,
                 .runtime_directory = folder_.path(),
                 .disks = {},
                 .networks = {}};
        ASSERT_TRUE(write_file(files_.path() / "disk", std::string(1U << 20U, 'd')));
    }
    void TearDown() override {
        if (vm_) {
            EXPECT_TRUE(run(vm_->kill()));
            vm_.reset();
        }
        EXPECT_TRUE(std::filesystem::is_empty(folder_.path())) << "the VM left something behind";
    }

    template <class T>
    Result<T> run(Task<T> task) {
        return test::run(context_, within(k_limit, "test", std::move(task)));
    }
    void start() {
        auto launched = run(hypervisor_.launch(spec_));
        ASSERT_TRUE(launched) << launched.error().message;
        vm_ = *std::move(launched);
    }
    std::string ask(const std::string& line) {
        auto answer = run(test::ask_guest(vm_->agent_socket(), line));
        return answer ? *answer : "failed: " + answer.error().message + "\n" + vm_->console_tail();
    }
    VmExit wait_for_exit() {
        auto exit = run(vm_->wait());
        return exit ? *exit : VmExit{.is_clean = false, .reason = "failed: " + exit.error().message};
    }
    /// What a guest shell finds at a LUN: the first bytes of the disk, or nothing.
    std::string read_disk(int lun) {
        return ask(std::format("head -c 4 /dev/$(ls /sys/class/scsi_device/0:0:0:{}/device/block)", lun));
    }
    /// Whether it comes to be there, or comes to be gone: a guest takes its time.
    bool sees_disk(int lun, bool expected) {
        return ask(std::format(
                   "for i in $(seq 600); do [ {} -d /sys/class/scsi_device/0:0:0:{}/device/block ] "
                   "&& echo yes && break; sleep 0.1; done",
                   expected ? "" : "!", lun)) == "yes\n";
    }

    asio::io_context context_;
    test::TemporaryFolder folder_;
    test::TemporaryFolder files_;
    QemuHypervisor hypervisor_{context_.get_executor(), {}};
    launch::VmSpec spec_;
    std::unique_ptr<VirtualMachine> vm_;
};

TEST_F(Vm, BootsAnswersAndEndsByItself) {
    start();
    EXPECT_EQ(ask("echo hello"), "hello\n");
    EXPECT_EQ(ask("echo again"), "again\n") << "the port may be connected to again";
    EXPECT_THAT(vm_->console_tail(), HasSubstr("guest is up"));
    static_cast<void>(run(test::ask_guest(vm_->agent_socket(), "reboot -f")));
    const auto exit = wait_for_exit();
    EXPECT_TRUE(exit.is_clean);
    EXPECT_EQ(exit.reason, "guest reset");
    EXPECT_FALSE(run(vm_->attach_disk({.id = "late", .file = files_.path() / "disk"}))) << "gone is gone";
    EXPECT_TRUE(run(vm_->kill())) << "killing what has ended is no error";
}

TEST_F(Vm, ItsGroupGoesAlsoWhenTheKernelHoldsItForAMoment) {
    // A folder that cannot be removed as long as something is in it.
    const auto hierarchy = files_.path() / "cgroup";
    const auto group = hierarchy / "redoubt-vm-test-vm";
    std::filesystem::create_directories(group);
    for (const auto* file : {"memory.limit_in_bytes", "cgroup.procs"})
        ASSERT_TRUE(write_file(group / file, ""));
    ASSERT_TRUE(write_file(
        files_.path() / "mountinfo",
        std::format("30 22 0:27 / {} rw shared:9 - cgroup cgroup rw,memory\n", hierarchy.native())));
    QemuHypervisor hypervisor(context_.get_executor(), {.groups = VmGroups(files_.path() / "mountinfo",
                                                                           files_.path() / "no-systemd")});
    auto launched = run(hypervisor.launch(spec_));
    ASSERT_TRUE(launched) << launched.error().message;
    const auto vm = *std::move(launched);
    const std::jthread kernel([&group] {
        std::this_thread::sleep_for(500ms);
        for (const auto* file : {"memory.limit_in_bytes", "cgroup.procs"})
            std::filesystem::remove(group / file);
    });
    EXPECT_TRUE(run(vm->kill()));
    EXPECT_FALSE(std::filesystem::exists(group));
}

TEST_F(Vm, DisksComeAndGoWhileItRuns) {
    spec_.disks = {{.id = "first", .file = files_.path() / "disk", .read_only = true, .lun = 0}};
    start();
    ASSERT_TRUE(sees_disk(0, true));
    EXPECT_EQ(read_disk(0), "dddd");
    const launch::DiskSpec disk{.id = "second", .file = files_.path() / "disk", .read_only = true, .lun = 5};
    const auto attached = run(vm_->attach_disk(disk));
    ASSERT_TRUE(attached) << attached.error().message;
    ASSERT_TRUE(sees_disk(5, true));
    EXPECT_EQ(read_disk(5), "dddd");
    EXPECT_EQ(run(vm_->attach_disk({.id = "other", .file = disk.file, .lun = 5})).error().code,
              Code::already_exists);
    EXPECT_EQ(run(vm_->attach_disk({.id = "first", .file = disk.file, .lun = 6})).error().code,
              Code::already_exists);
    const auto missing = run(vm_->attach_disk({.id = "other", .file = "/no/such/file", .lun = 6}));
    EXPECT_EQ(missing.error(),
              (Error{Code::not_found, "vm test-vm: attach disk 'other': open /no/such/file: No such file "
                                      "or directory"}));
    for (int round = 0; round < 3; ++round) {
        const auto detached = run(vm_->detach_disk("second"));
        ASSERT_TRUE(detached) << detached.error().message;
        EXPECT_TRUE(sees_disk(5, false));
        ASSERT_TRUE(run(vm_->attach_disk(disk)));
    }
    EXPECT_EQ(run(vm_->detach_disk("other")).error(),
              (Error{Code::not_found, "vm test-vm: no disk 'other'"}));
    // A second step that fails takes the first one back: the file can be attached again under the same name.
    EXPECT_EQ(
        ask("echo > /dev/$(ls /sys/class/scsi_device/0:0:0:0/device/block) && echo written").find("written"),
        std::string::npos)
        << "read-only disks are";
}

TEST_F(Vm, WaitTellsThatAGuestPanicked) {
    start();
    ASSERT_EQ(ask("echo up"), "up\n");
    static_cast<void>(run(test::ask_guest(vm_->agent_socket(), "exit 3")));
    const auto exit = wait_for_exit();
    EXPECT_FALSE(exit.is_clean);
    EXPECT_THAT(exit.reason,
                HasSubstr("guest kernel stopped: Kernel panic - not syncing: Attempted to kill init!"));
}

TEST_F(Vm, WaitTellsThatQemuWasKilled) {
    start();
    ASSERT_EQ(::kill(vm_->record().pid, SIGKILL), 0);
    EXPECT_EQ(wait_for_exit().reason, "qemu killed by signal 9");
    EXPECT_EQ(wait_for_exit().reason, "qemu killed by signal 9") << "as often as one asks";
}

TEST_F(Vm, AnotherDaemonAdoptsIt) {
    start();
    ASSERT_EQ(ask("marker=kept; echo set"), "set\n");
    ASSERT_TRUE(run(vm_->attach_disk({.id = "plugged", .file = files_.path() / "disk", .lun = 3})));
    const auto record = vm_->record();
    vm_.reset(); // as when its daemon ends
    QemuHypervisor other(context_.get_executor(), {});
    auto adopted = run(other.adopt(record));
    ASSERT_TRUE(adopted) << adopted.error().message;
    vm_ = *std::move(adopted);
    EXPECT_EQ(ask("echo $marker"), "kept\n");
    EXPECT_EQ(
        run(vm_->attach_disk({.id = "plugged", .file = files_.path() / "disk", .lun = 4})).error().message,
        "vm test-vm: disk 'plugged' already is at 0:3");
    EXPECT_TRUE(run(vm_->detach_disk("plugged")));
    ASSERT_TRUE(run(vm_->kill()));
    EXPECT_FALSE(wait_for_exit().is_clean);
    const auto gone = run(other.adopt(record));
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().code, Code::not_found);
    vm_.reset();
}

TEST_F(Vm, RunsWithoutPowerOnTheHost) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root may give its power away";
    QemuHypervisor weak(context_.get_executor(), {.run_as = find_identity("nobody").value()});
    auto launched = run(weak.launch(spec_));
    ASSERT_TRUE(launched) << launched.error().message;
    vm_ = *std::move(launched);
    const auto attached = run(vm_->attach_disk({.id = "plugged", .file = files_.path() / "disk", .lun = 3}));
    EXPECT_TRUE(attached) << attached.error().message;
    EXPECT_EQ(read_disk(3), "dddd");
    const auto status = read_file(std::format("/proc/{}/status", vm_->record().pid)).value_or("");
    for (const auto* line :
         {"Uid:\t65534\t65534", "NoNewPrivs:\t1", "Seccomp:\t2", "CapBnd:\t0000000000000000"})
        EXPECT_THAT(status, HasSubstr(line));
    EXPECT_TRUE(run(vm_->kill()));
    vm_.reset();
}

/// The names in a folder, sorted.
std::set<std::string> names_in(const std::filesystem::path& folder) {
    std::set<std::string> names;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error))
        names.insert(entry.path().filename().native());
    return names;
}

/// A limit of /proc/PID/limits: the soft one.
std::string limit_of(const std::string& limits, const std::string& name) {
    const auto place = limits.find(name);
    if (place == std::string::npos) return "none";
    std::istringstream fields(limits.substr(place + name.size()));
    std::string soft;
    fields >> soft;
    return soft;
}

TEST_F(Vm, SeesNothingOfTheHost) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root makes namespaces";
    QemuHypervisor apart(context_.get_executor(), {.run_as = find_identity("nobody").value()});
    const auto before = ::umask(077); // as the service has it
    const auto isolation = run(apart.choose_isolation());
    ::umask(before);
    ASSERT_TRUE(isolation) << isolation.error().message;
    ASSERT_NE(*isolation, Isolation::none);
    if (*isolation != Isolation::full) GTEST_SKIP() << "this host lets nobody make all namespaces";
    auto launched = run(apart.launch(spec_));
    ASSERT_TRUE(launched) << launched.error().message;
    vm_ = *std::move(launched);
    EXPECT_EQ(ask("echo hello"), "hello\n");
    const auto attached = run(vm_->attach_disk({.id = "plugged", .file = files_.path() / "disk", .lun = 3}));
    EXPECT_TRUE(attached) << attached.error().message;
    EXPECT_TRUE(sees_disk(3, true));
    EXPECT_EQ(read_disk(3), "dddd");

    const auto process = std::format("/proc/{}", vm_->record().pid);
    for (const auto* kind : {"mnt", "net", "pid", "ipc", "uts"})
        EXPECT_NE(std::filesystem::read_symlink(process + "/ns/" + kind),
                  std::filesystem::read_symlink(std::string("/proc/self/ns/") + kind))
            << kind;
    EXPECT_THAT(names_in(process + "/root"),
                testing::IsSubsetOf({"usr", "bin", "sbin", "lib", "lib32", "lib64", "etc", "proc"}));
    EXPECT_THAT(names_in(process + "/root/etc"), testing::IsSubsetOf({"ld.so.cache"}));
    EXPECT_THAT(names_in(process + "/root/proc"), testing::IsSubsetOf({"1", "self", "thread-self"}));
    const auto mounts = read_file(process + "/mountinfo").value_or("");
    std::istringstream lines(mounts);
    for (std::string line; std::getline(lines, line);)
        EXPECT_TRUE(line.contains(" ro,") || line.contains(" - proc ")) << line;
    const auto limits = read_file(process + "/limits").value_or("");
    EXPECT_EQ(limit_of(limits, "Max core file size"), "0");
    EXPECT_EQ(limit_of(limits, "Max locked memory"), "0");
    EXPECT_EQ(limit_of(limits, "Max open files"), "4096");
    EXPECT_TRUE(run(vm_->kill()));
    vm_.reset();
}

TEST_F(Vm, HasACeilingOfMemory) {
    const VmGroups groups;
    if (const auto usable = groups.check(); !usable) GTEST_SKIP() << usable.error().message;
    QemuHypervisor bounded(context_.get_executor(), {.run_as = {}, .groups = groups});
    auto launched = run(bounded.launch(spec_));
    ASSERT_TRUE(launched) << launched.error().message;
    vm_ = *std::move(launched);
    const auto in_group = read_file(std::format("/proc/{}/cgroup", vm_->record().pid)).value_or("");
    EXPECT_THAT(in_group, HasSubstr("/redoubt-vm-test-vm"));
    EXPECT_EQ(ask("echo hello"), "hello\n");
    EXPECT_TRUE(run(vm_->kill()));
    vm_.reset();
    EXPECT_TRUE(groups.remove(SandboxId("test-vm"))) << "it is gone already";
}

TEST_F(Vm, AFloodOnTheConsoleIsBounded) {
    start();
    ASSERT_EQ(ask("yes flood | head -c 300000 > /dev/hvc0; echo end > /dev/hvc0"), "");
    EXPECT_LE(vm_->console_tail().size(), 16384U);
    EXPECT_THAT(vm_->console_tail(), HasSubstr("flood"));
}

TEST_F(Vm, SaysWhyItCannotStart) {
    auto spec = spec_;
    spec.kernel = "/no/such/kernel";
    EXPECT_EQ(run(hypervisor_.launch(spec)).error(),
              (Error{Code::not_found, "start vm test-vm: open /no/such/kernel: No such file or directory"}));
    EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));

    spec.kernel = files_.path() / "disk"; // a file, but no kernel
    const auto broken = run(hypervisor_.launch(spec));
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().code, Code::unavailable);
    EXPECT_THAT(broken.error().message, HasSubstr("start vm test-vm: qemu exited with 1: qemu: "));
    EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));

    QemuHypervisor missing(context_.get_executor(), {.program = "/no/such/qemu", .run_as = {}});
    EXPECT_EQ(run(missing.launch(spec_)).error().message,
              "start vm test-vm: execute /no/such/qemu: No such file or directory");
    QemuHypervisor other(context_.get_executor(), {.program = "/bin/true", .run_as = {}});
    const auto not_qemu = run(other.launch(spec_));
    ASSERT_FALSE(not_qemu);
    EXPECT_EQ(not_qemu.error().code, Code::unavailable);
}

TEST_F(Vm, ATrialSeesTheKernelSpeak) {
    spec_.cmdline =
        std::format("console=hvc0 panic=-1 reboot=t no_timer_check tsc_early_khz={}", test::tsc_khz());
    const auto seen = run(boot_once(hypervisor_, spec_, k_limit));
    EXPECT_TRUE(seen) << seen.error().message;
}

TEST_F(Vm, ATrialOfASilentGuestFails) {
    ASSERT_TRUE(test::write_initramfs(spec_.initramfs, "#!/bin/busybox sh\n/bin/busybox sleep 1000\n"));
    const auto seen = run(boot_once(hypervisor_, spec_, 3s));
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.error(),
              (Error{Code::deadline_exceeded, "kernel of the trial vm: no answer within 3000 ms"}));
}

TEST_F(Vm, AKvmThatRunsNoGuestsIsNoticed) {
    if (::access("/dev/kvm", R_OK | W_OK) != 0) GTEST_SKIP() << "no /dev/kvm";
    spec_.accelerator = launch::Accelerator::kvm;
    spec_.cmdline = "console=hvc0 panic=-1 reboot=t";
    // Whether it works is the host's affair; that the question ends, and leaves nothing, is ours.
    const auto seen = run(boot_once(hypervisor_, spec_, 10s));
    if (!seen) RecordProperty("kvm", seen.error().message);
}

TEST(QemuVersion, IsForPeople) {
    asio::io_context context;
    QemuHypervisor hypervisor(context.get_executor(), {});
    const auto version = test::run(context, hypervisor.version());
    ASSERT_TRUE(version) << version.error().message;
    EXPECT_THAT(*version, testing::StartsWith("QEMU "));
    const test::TemporaryFolder folder;
    const auto script = folder.path() / "other";
    ASSERT_TRUE(write_file(script, "#!/bin/sh\necho no such thing\necho more of it\n", 0755));
    QemuHypervisor other(context.get_executor(), {.program = script, .run_as = {}});
    EXPECT_EQ(test::run(context, other.version()).error().message,
              "not a qemu: its --version says 'no such thing'");
}

} // namespace
} // namespace redoubt::node::hypervisor::qemu
