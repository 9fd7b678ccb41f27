// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// Real clones of real VMs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <format>
#include <thread>

#include "common/base/file.hpp"
#include "node-daemon/hypervisor/qemu/qemu_hypervisor.hpp"
#include "tests/unit/node-daemon/hypervisor/run_task.hpp"
#include "tests/unit/node-daemon/hypervisor/test_guest.hpp"

namespace redoubt::node::hypervisor::qemu {
namespace {

using namespace std::chrono_literals;

// Generous: emulated guests share the machine with whatever else runs.
constexpr Duration k_limit = 90s;

class Clones : public testing::Test {
  protected:
    void SetUp() override {
        const auto kernel = test::find_guest_kernel();
        if (!kernel) GTEST_SKIP() << "no guest kernel built yet";
        kernel_ = *kernel;
        ASSERT_TRUE(test::write_initramfs(files_.path() / "initramfs", test::obedient_init()));
        ASSERT_TRUE(write_file(files_.path() / "disk", std::string(1U << 20U, 'd')));
    }
    void TearDown() override {
        for (const auto& vm : vms_) EXPECT_TRUE(run(vm->kill()));
        vms_.clear();
    }
    launch::VmSpec make_spec(const std::string& name) {
        const auto folder = folder_.path() / name;
        std::filesystem::create_directory(folder);
        return {.id = SandboxId(name),
                .kernel = kernel_,
                .initramfs = files_.path() / "initramfs",
                .cmdline = std::format("console=hvc0 quiet panic=-1 reboot=t no_timer_check tsc_early_khz={}",
                                       test::tsc_khz()),
                .vcpus = 1,
                .memory_bytes = 128U << 20U,
                .accelerator = launch::Accelerator::tcg,
                .runtime_directory = folder,
                .disks = {},
                .networks = {},
                .may_be_clone = true};
    }
    template <class T>
    Result<T> run(Task<T> task) {
        return test::run(context_, within(k_limit, "test", std::move(task)));
    }
    VirtualMachine* start(launch::VmSpec spec) {
        auto launched = run(hypervisor_.launch(std::move(spec)));
        if (!launched) {
            ADD_FAILURE() << launched.error().message;
            return nullptr;
        }
        vms_.push_back(*std::move(launched));
        return vms_.back().get();
    }
    std::string ask(const VirtualMachine& vm, const std::string& line) {
        auto answer = run(test::ask_guest(vm.agent_socket(), line));
        return answer ? *answer : "failed: " + answer.error().message + "\n" + vm.console_tail();
    }

    /// Sends the first process of the VM in that folder a signal, as soon as there is one.
    static std::jthread strike(const std::filesystem::path& folder, int signal) {
        return std::jthread([folder, signal](const std::stop_token& given_up) {
            while (!given_up.stop_requested()) {
                if (const auto pid = test::find_vm_process(folder)) {
                    ::kill(*pid, signal);
                    return;
                }
                std::this_thread::sleep_for(1ms);
            }
        });
    }
    /// A launch whose template is struck while it is made.
    void expect_a_boot_after(int signal) {
        auto spec = make_spec("one");
        const auto striker = strike(spec.runtime_directory, signal);
        auto* const vm = start(std::move(spec));
        ASSERT_NE(vm, nullptr);
        EXPECT_FALSE(vm->is_clone());
        EXPECT_EQ(ask(*vm, "echo here"), "here\n");
        EXPECT_EQ(test::find_vm_process(vm->record().runtime_directory), vm->record().pid) << "and no other";
    }

    asio::io_context context_;
    test::TemporaryFolder folder_;
    test::TemporaryFolder files_;
    std::filesystem::path kernel_;
    QemuSettings settings_{.most_templates = 2};
    QemuHypervisor hypervisor_{context_.get_executor(), settings_};
    std::vector<std::unique_ptr<VirtualMachine>> vms_;
};

TEST_F(Clones, BeginBootedAndAreEachTheirOwn) {
    auto* const first = start(make_spec("one"));
    auto* const second = start(make_spec("two"));
    ASSERT_TRUE(first != nullptr && second != nullptr);
    EXPECT_TRUE(first->is_clone() && second->is_clone());
    EXPECT_EQ(ask(*first, "marker=mine; echo $marker > /bin/marker; cat /bin/marker"), "mine\n");
    EXPECT_EQ(ask(*second, "echo \"[$marker]\"; ls /bin/marker 2>/dev/null"), "[]\n")
        << "what one writes the other does not see";
    EXPECT_EQ(first->console_tail(), "") << "the guest has not booted again";
    auto* const third = start(make_spec("three"));
    ASSERT_NE(third, nullptr);
    EXPECT_EQ(ask(*third, "ls /bin/marker 2>/dev/null; echo fresh"), "fresh\n")
        << "nor does one who comes later";
}

TEST_F(Clones, FindTheirDisks) {
    auto spec = make_spec("one");
    spec.disks = {{.id = "layer-0", .file = files_.path() / "disk", .read_only = true, .lun = 4}};
    auto* const vm = start(std::move(spec));
    ASSERT_NE(vm, nullptr);
    EXPECT_EQ(ask(*vm, "for i in $(seq 100); do [ -d /sys/class/scsi_device/0:0:0:4/device/block ] && break; "
                       "sleep 0.05; done; head -c 4 /dev/$(ls /sys/class/scsi_device/0:0:0:4/device/block)"),
              "dddd");
}

TEST_F(Clones, AreNotMadeOfADiskThatIsMissing) {
    auto spec = make_spec("one");
    spec.disks = {{.id = "layer-0", .file = "/no/such/disk", .read_only = true, .lun = 0}};
    const auto refused = run(hypervisor_.launch(std::move(spec)));
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, testing::HasSubstr("open /no/such/disk: No such file"));
    auto* const vm = start(make_spec("one"));
    ASSERT_NE(vm, nullptr);
    EXPECT_TRUE(vm->is_clone()) << "it was not the template's fault";
}

TEST_F(Clones, AreForThoseWhoMay) {
    auto spec = make_spec("one");
    spec.may_be_clone = false;
    auto* const vm = start(std::move(spec));
    ASSERT_NE(vm, nullptr);
    EXPECT_FALSE(vm->is_clone());
}

TEST_F(Clones, GiveWayToABootWhenTheirGuestNeverListens) {
    auto spec = make_spec("one");
    ASSERT_TRUE(
        test::write_initramfs(files_.path() / "initramfs", "#!/bin/busybox sh\n/bin/busybox reboot -f\n"));
    auto* const vm = start(std::move(spec));
    ASSERT_NE(vm, nullptr);
    EXPECT_FALSE(vm->is_clone());
}

TEST_F(Clones, GiveWayToABootWhenTheirTemplateIsKilled) {
    expect_a_boot_after(SIGKILL);
}

TEST_F(Clones, GiveWayToABootWhenTheirTemplateStandsStill) {
    const auto begun = Clock::now();
    expect_a_boot_after(SIGSTOP);
    EXPECT_LT(Clock::now() - begun, settings_.template_limit) << "it is noticed";
}

TEST_F(Clones, AreNotWaitedForForEver) {
    ASSERT_TRUE(test::write_initramfs(files_.path() / "initramfs",
                                      "#!/bin/busybox sh\nwhile :; do /bin/busybox sleep 9; done\n"));
    QemuHypervisor impatient(context_.get_executor(), {.most_templates = 1, .template_limit = 2s});
    auto spec = make_spec("one");
    const auto folder = spec.runtime_directory;
    auto launched = run(impatient.launch(std::move(spec)));
    ASSERT_TRUE(launched) << launched.error().message;
    const auto vm = *std::move(launched);
    EXPECT_FALSE(vm->is_clone());
    EXPECT_EQ(test::find_vm_process(folder), vm->record().pid) << "the template's process has ended";
    EXPECT_TRUE(run(vm->kill()));
}

TEST_F(Clones, ThatAreKilledAtTheirStartBootInstead) {
    ASSERT_NE(start(make_spec("one")), nullptr);
    auto spec = make_spec("two");
    const auto striker = strike(spec.runtime_directory, SIGKILL);
    auto launched = run(hypervisor_.launch(std::move(spec)));
    ASSERT_TRUE(launched) << launched.error().message;
    vms_.push_back(*std::move(launched));
    // Struck when it ran already, it is a VM that was killed.
    if (!vms_.back()->is_clone()) EXPECT_EQ(ask(*vms_.back(), "echo here"), "here\n");
}

TEST_F(Clones, RunWithoutPowerOnTheHost) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root may give its power away";
    QemuHypervisor weak(context_.get_executor(),
                        {.run_as = find_identity("nobody").value(), .most_templates = 1});
    ASSERT_TRUE(run(weak.choose_isolation()));
    auto launched = run(weak.launch(make_spec("one")));
    ASSERT_TRUE(launched) << launched.error().message;
    const auto vm = *std::move(launched);
    EXPECT_TRUE(vm->is_clone());
    EXPECT_EQ(ask(*vm, "echo here"), "here\n");
    EXPECT_TRUE(run(vm->kill()));
}

} // namespace
} // namespace redoubt::node::hypervisor::qemu
