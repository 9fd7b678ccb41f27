// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launch/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <format>

#include "common/base/file.hpp"

namespace redoubt::node::launch {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t k_mebibyte = 1U << 20U;

PlanRequest make_request() {
    PlanRequest request;
    request.sandbox = SandboxId("sb1");
    request.runtime_directory = "/run/redoubt/vm/sb1";
    request.container = {
        .id = ContainerId("0123456789abcdef"), .command = {"sleep", "10"}, .terminal_size = {}};
    request.image = {
        .name = "busybox:latest", .environment = {"LANG=C"}, .entrypoint = {}, .command = {"sh"}};
    request.layers = {
        {.file = "/images/a.img", .root_hash = "aa", .salt = "5a", .data_blocks = 10, .size_bytes = 45056},
        {.file = "/images/b.img", .root_hash = "bb", .salt = "5b", .data_blocks = 20, .size_bytes = 90112}};
    request.node = {.kernel = "/guest/vmlinuz", .initramfs = "/guest/initramfs.cpio", .tsc_khz = 2'596'122};
    return request;
}

std::string join(const std::vector<std::string>& parts) {
    std::string text;
    for (const auto& part : parts) text += (text.empty() ? "" : " ") + part;
    return text;
}

std::string render_vm(const VmSpec& vm) {
    auto text = std::format("vm {} kernel {} initramfs {}\ncmdline {}\nvcpus {} memory {} MiB {} in {}\n",
                            vm.id, vm.kernel.native(), vm.initramfs.native(), vm.cmdline, vm.vcpus,
                            vm.memory_bytes / k_mebibyte, vm.accelerator == Accelerator::kvm ? "kvm" : "tcg",
                            vm.runtime_directory.native());
    for (const auto& disk : vm.disks)
        text += std::format("disk {} lun {} {} {}\n", disk.id, disk.lun, disk.read_only ? "ro" : "rw",
                            disk.file.native());
    return text;
}

std::string render_resources(const oci::Resources& resources) {
    auto text =
        std::format("memory {} swap {} quota {}/{} pids {}\n", resources.memory_limit, resources.memory_swap,
                    resources.cpu_quota, resources.cpu_period, resources.pids_limit);
    for (const auto& rule : resources.devices)
        text += std::format("device {} {} {}:{} {}\n", rule.allow ? "allow" : "deny", rule.type, rule.major,
                            rule.minor, rule.access);
    return text;
}

std::string render_process(const oci::Process& process) {
    auto text = std::format("args {}\nenv {}\ncwd {} user '{}' terminal {} {}x{} no-new-privileges {}\n",
                            join(process.args), join(process.env), process.cwd, process.user.username,
                            process.terminal, process.console_size.rows, process.console_size.columns,
                            process.no_new_privileges);
    text += std::format("bounding {}\neffective {}\npermitted {}\ninheritable {}\nambient {}\n",
                        join(process.capabilities.bounding), join(process.capabilities.effective),
                        join(process.capabilities.permitted), join(process.capabilities.inheritable),
                        join(process.capabilities.ambient));
    for (const auto& limit : process.rlimits)
        text += std::format("rlimit {} {}/{}\n", limit.type, limit.soft, limit.hard);
    return text;
}

std::string render_spec(const oci::Spec& spec) {
    auto text = render_process(spec.process);
    text += std::format("root {}{} hostname {}\n", spec.root_path, spec.root_readonly ? " ro" : "",
                        spec.hostname);
    for (const auto& mount : spec.mounts)
        text += std::format("mount {} {} {} {}\n", mount.destination, mount.source, mount.type,
                            join(mount.options));
    const auto& part = spec.linux_part;
    text += render_resources(part.resources) + "cgroup " + part.cgroups_path + "\n";
    for (const auto& space : part.namespaces) text += std::format("namespace {}\n", space.type);
    text += "masked " + join(part.masked_paths) + "\nreadonly " + join(part.readonly_paths) + "\n";
    text += std::format("seccomp {} {}\n", part.seccomp->default_action, join(part.seccomp->architectures));
    for (const auto& rule : part.seccomp->rules) {
        text += std::format("  {} {}: {}", rule.action, rule.errno_return.value_or(0), join(rule.names));
        for (const auto& argument : rule.arguments)
            text += std::format(" [{} {} {:#x} {:#x}]", argument.index, argument.op, argument.value,
                                argument.value_two);
        text += "\n";
    }
    return text;
}

std::string render(const LaunchPlan& plan) {
    auto text = render_vm(plan.vm) + "sandbox hostname " + plan.hostname + "\n";
    for (const auto& storage : plan.storages)
        text +=
            std::format("storage {} {} {} [{}] [{}] at {}\n", storage.driver, storage.source, storage.fstype,
                        join(storage.options), join(storage.driver_options), storage.mount_point);
    return text + render_spec(plan.container);
}

/// REDOUBT_UPDATE_GOLDEN=1 rewrites the file instead of comparing.
void expect_golden(const std::string& name, const std::string& text) {
    const auto* root = std::getenv("REDOUBT_SOURCE");
    const auto path =
        std::filesystem::path(root == nullptr ? "." : root) / "tests/golden/node-daemon/launch" / name;
    if (std::getenv("REDOUBT_UPDATE_GOLDEN") != nullptr) {
        ASSERT_TRUE(write_file(path, text));
    }
    const auto golden = read_file(path);
    ASSERT_TRUE(golden) << golden.error().message;
    EXPECT_EQ(text, *golden);
}

template <class Change>
std::string error_of(Change change) {
    auto request = make_request();
    change(request);
    const auto plan = make_plan(request);
    if (plan) return "accepted";
    EXPECT_EQ(plan.error().code, Code::invalid_argument);
    return plan.error().message;
}

TEST(Plan, MatchesTheGoldenFileOfTheDefaults) {
    const auto plan = make_plan(make_request());
    ASSERT_TRUE(plan) << plan.error().message;
    expect_golden("defaults.plan", render(*plan));
}

TEST(Plan, MatchesTheGoldenFileWithEverythingSet) {
    auto request = make_request();
    request.node.accelerator = Accelerator::kvm;
    request.container = {.id = ContainerId("c2"),
                         .entrypoint = {"/bin/app"},
                         .clear_entrypoint = false,
                         .command = {"--flag", "value"},
                         .environment = {"LANG=de_DE", "A=1", "A=2"},
                         .working_directory = "/srv",
                         .user = "www-data:adm",
                         .terminal = true,
                         .read_only_rootfs = true,
                         .memory_bytes = 64 * k_mebibyte + 1,
                         .cpus = 1.5,
                         .hostname = "app.example",
                         .terminal_size = {.rows = 24, .columns = 80}};
    const auto plan = make_plan(request);
    ASSERT_TRUE(plan) << plan.error().message;
    expect_golden("everything.plan", render(*plan));
}

TEST(Plan, LowersTheTopLayerFirst) {
    const auto plan = make_plan(make_request());
    ASSERT_TRUE(plan);
    ASSERT_EQ(plan->storages.size(), 4U);
    const auto& overlay = plan->storages.back();
    EXPECT_EQ(overlay.options.front(), "lowerdir=/run/kata-containers/0123456789abcdef/layers/1:"
                                       "/run/kata-containers/0123456789abcdef/layers/0");
    EXPECT_EQ(plan->vm.disks.at(1).file, "/images/b.img");
    EXPECT_EQ(plan->vm.disks.at(1).lun, 1U);
    EXPECT_EQ(plan->storages.at(1).source, "0:1");
}

TEST(Plan, TheVmHoldsTheContainersMemoryAndItsOwn) {
    auto request = make_request();
    request.container.memory_bytes = 64 * k_mebibyte + 1;
    const auto plan = make_plan(request);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->vm.memory_bytes, 64 * k_mebibyte + k_guest_overhead_bytes + 2 * k_mebibyte);
}

TEST(Plan, TellsTheClockOnlyUnderEmulation) {
    auto request = make_request();
    EXPECT_THAT(make_plan(request)->vm.cmdline,
                HasSubstr(" no_timer_check tsc_early_khz=2596122 tsc=reliable highres=off"));
    request.node.tsc_khz = 0;
    EXPECT_THAT(make_plan(request)->vm.cmdline, testing::Not(HasSubstr("tsc_early_khz")));
    request.node.tsc_khz = 1;
    request.node.accelerator = Accelerator::kvm;
    EXPECT_THAT(make_plan(request)->vm.cmdline, testing::Not(HasSubstr("tsc_early_khz")));
    EXPECT_THAT(make_plan(request)->vm.cmdline, testing::Not(HasSubstr("no_timer_check")));
}

TEST(Plan, TheTrialVmIsNotQuiet) {
    const auto request = make_request();
    const auto vm = make_trial_vm(request.node, Accelerator::kvm, SandboxId("probe"), "/run/probe");
    EXPECT_EQ(vm.accelerator, Accelerator::kvm);
    EXPECT_THAT(vm.cmdline, testing::Not(HasSubstr("quiet")));
    EXPECT_TRUE(vm.disks.empty());
}

TEST(Plan, NamesTheFieldThatIsWrong) {
    EXPECT_EQ(error_of([](auto& r) { r.layers.clear(); }), "image busybox:latest: no layers");
    EXPECT_EQ(error_of([](auto& r) { r.layers.resize(200); }),
              "image busybox:latest: 200 layers, the most is 128");
    EXPECT_EQ(error_of([](auto& r) { r.container.memory_bytes = 1000; }),
              "memory of 1000 bytes: the least is 6 MiB");
    EXPECT_EQ(error_of([](auto& r) { r.container.memory_bytes = 1ULL << 60U; }),
              "memory of 1152921504606846976 bytes: the most is 4398046511104");
    EXPECT_EQ(error_of([](auto& r) { r.container.cpus = 65; }), "cpus of 65: the most is 64");
    EXPECT_EQ(error_of([](auto& r) { r.container.cpus = -1; }), "cpus of -1: the least is 0.01");
}

} // namespace
} // namespace redoubt::node::launch
