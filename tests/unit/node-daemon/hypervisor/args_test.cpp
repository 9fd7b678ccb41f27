// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/hypervisor/qemu/args.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <format>

#include "common/base/file.hpp"

namespace redoubt::node::hypervisor::qemu {
namespace {

launch::VmSpec make_spec() {
    return {.id = SandboxId("ab12"),
            .kernel = "/usr/lib/redoubt/guest/vmlinuz",
            .initramfs = "/usr/lib/redoubt/guest/initramfs",
            .cmdline = "console=hvc0 quiet",
            .vcpus = 2,
            .memory_bytes = 256U << 20U,
            .accelerator = launch::Accelerator::tcg,
            .runtime_directory = "/run/redoubt/vm/ab12",
            .disks = {},
            .networks = {}};
}

std::string render(const QemuCommand& command) {
    static constexpr const char* k_roles[] = {
        "qmp", "agent",    "console",          "relay", "kernel", "initramfs",
        "kvm", "firmware", "secure_processor", "disk",  "tap",    "memory"};
    std::string text;
    for (const auto& argument : command.arguments)
        text += (argument.starts_with('-') || text.empty() ? (text.empty() ? "" : "\n") : " ") + argument;
    int number = QemuCommand::k_first_descriptor;
    for (const auto& fd : command.descriptors)
        text += std::format("\n{}: {} {}{}", number++, k_roles[static_cast<int>(fd.role)], fd.path.native(),
                            fd.is_writable ? " (writable)" : "");
    return text + "\n";
}

/// REDOUBT_UPDATE_GOLDEN=1 rewrites the file instead of comparing.
void expect_golden(const std::string& name, const std::string& text) {
    const auto* root = std::getenv("REDOUBT_SOURCE");
    const auto path =
        std::filesystem::path(root == nullptr ? "." : root) / "tests/golden/node-daemon/hypervisor" / name;
    if (std::getenv("REDOUBT_UPDATE_GOLDEN") != nullptr) {
        ASSERT_TRUE(write_file(path, text));
    }
    const auto golden = read_file(path);
    ASSERT_TRUE(golden) << golden.error().message;
    EXPECT_EQ(text, *golden);
}

TEST(QemuArgs, MatchTheGoldenFileUnderEmulation) {
    const auto command = make_command("/usr/bin/qemu-system-x86_64", make_spec());
    ASSERT_TRUE(command) << command.error().message;
    expect_golden("tcg.args", render(*command));
}

TEST(QemuArgs, MatchTheGoldenFileUnderKvmWithDisks) {
    auto spec = make_spec();
    spec.accelerator = launch::Accelerator::kvm;
    spec.disks = {{.id = "layer-0", .file = "/var/lib/redoubt/a.img", .read_only = true, .lun = 0},
                  {.id = "scratch", .file = "/var/lib/redoubt/b.img", .read_only = false, .lun = 7}};
    const auto command = make_command("/usr/bin/qemu-system-x86_64", spec);
    ASSERT_TRUE(command) << command.error().message;
    expect_golden("kvm_with_disks.args", render(*command));
}

launch::NetworkDevice make_network(const std::string& id, std::vector<int> queues) {
    return {.id = id, .mac = "02:00:00:00:00:01", .mtu = 1450, .tap_queues = std::move(queues)};
}

TEST(QemuArgs, MatchTheGoldenFileWithNetworks) {
    auto spec = make_spec();
    spec.networks = {make_network("net0", {70}), make_network("net1", {71, 80, 75})};
    const auto command = make_command("/usr/bin/qemu-system-x86_64", spec);
    ASSERT_TRUE(command) << command.error().message;
    expect_golden("networks.args", render(*command));
    EXPECT_EQ(command->descriptors.back().open_already, 75);
}

launch::VmSpec make_confidential_spec() {
    auto spec = make_spec();
    spec.level = launch::IsolationLevel::confidential;
    spec.cmdline += " redoubt.confidential=1 redoubt.simtee=1";
    spec.confidential = launch::SimulatedLaunch{.simulator = "/run/redoubt-simtee/simtee.sock",
                                                .host_data = std::string(32, 'h')};
    spec.has_relay = true;
    return spec;
}

TEST(QemuArgs, MatchTheGoldenFileOfASimulatedLaunch) {
    const auto command = make_command("/usr/bin/qemu-system-x86_64", make_confidential_spec());
    ASSERT_TRUE(command) << command.error().message;
    expect_golden("simulated.args", render(*command));
    ASSERT_EQ(command->shown.size(), 1U);
    EXPECT_EQ(command->shown.front(), "/run/redoubt-simtee/simtee.sock");
}

TEST(QemuArgs, MatchTheGoldenFilesOfATemplateAndItsClone) {
    auto spec = make_spec();
    spec.networks = {make_network("net0", {40})};
    spec.of_template = {.role = launch::TemplateUse::Role::origin, .memory = 50};
    const auto origin = make_command("/usr/bin/qemu-system-x86_64", spec);
    ASSERT_TRUE(origin) << origin.error().message;
    expect_golden("template_origin.args", render(*origin));
    spec.of_template->role = launch::TemplateUse::Role::clone;
    const auto clone = make_command("/usr/bin/qemu-system-x86_64", spec);
    ASSERT_TRUE(clone) << clone.error().message;
    expect_golden("template_clone.args", render(*clone));
}

TEST(QemuArgs, RefuseAMeasuredVmThatBeginsAsAClone) {
    auto spec = make_spec();
    spec.level = launch::IsolationLevel::confidential;
    spec.confidential =
        launch::SimulatedLaunch{.simulator = "/run/simtee.sock", .host_data = std::string(32, 'h')};
    spec.of_template = {.role = launch::TemplateUse::Role::clone, .memory = 50};
    const auto refused = make_command("/usr/bin/qemu-system-x86_64", spec);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message, "vm ab12: level 'confidential' has no templates");
}

TEST(QemuArgs, MatchTheGoldenFileOfASimulatedLaunchThroughAFirmware) {
    auto spec = make_confidential_spec();
    std::get<launch::SimulatedLaunch>(*spec.confidential).firmware = "/usr/lib/redoubt/guest/OVMF.fd";
    spec.disks = {{.id = "initdata", .file = "/run/redoubt/vm/ab12/initdata.img", .lun = 255}};
    spec.networks = {make_network("net0", {70})};
    const auto command = make_command("/usr/bin/qemu-system-x86_64", spec);
    ASSERT_TRUE(command) << command.error().message;
    expect_golden("simulated_q35.args", render(*command));
}

launch::VmSpec make_hardware_spec(launch::ConfidentialLaunch processor) {
    auto spec = make_spec();
    spec.level = launch::IsolationLevel::confidential;
    spec.cmdline += " redoubt.confidential=1";
    spec.accelerator = launch::Accelerator::kvm;
    spec.confidential = std::move(processor);
    spec.has_relay = true;
    spec.disks = {{.id = "initdata", .file = "/run/redoubt/vm/ab12/initdata.img", .lun = 255}};
    return spec;
}

launch::SnpLaunch make_snp() {
    return {.host_data = std::string(32, 'h'),
            .firmware = "/usr/share/ovmf/OVMF.amdsev.fd",
            .cpu_model = "EPYC-v4"};
}

launch::TdxLaunch make_td() {
    return {.mr_config_id = std::string(48, 'm'),
            .firmware = "/usr/lib/redoubt/guest/OVMF.inteltdx.fd",
            .quote_service_port = 4050};
}

TEST(QemuArgs, MatchTheGoldenFileOfAnSnpLaunch) {
    const auto command = make_command("/usr/bin/qemu-system-x86_64", make_hardware_spec(make_snp()));
    ASSERT_TRUE(command) << command.error().message;
    expect_golden("sev_snp.args", render(*command));
    EXPECT_TRUE(command->shown.empty());
}

TEST(QemuArgs, OfAnSnpLaunchWithAnOwnerHoldHisIdBlock) {
    auto snp = make_snp();
    snp.id_block = std::string(96, 'b');
    snp.id_auth = std::string(4096, 'a');
    snp.has_author_key = true;
    const auto command = make_command("/qemu", make_hardware_spec(snp));
    ASSERT_TRUE(command) << command.error().message;
    const auto text = render(*command);
    EXPECT_NE(text.find(R"("id-block":"YmJi)"), std::string::npos);
    EXPECT_NE(text.find(R"("author-key-enabled":true)"), std::string::npos);
}

TEST(QemuArgs, MatchTheGoldenFileOfATd) {
    const auto command = make_command("/usr/bin/qemu-system-x86_64", make_hardware_spec(make_td()));
    ASSERT_TRUE(command) << command.error().message;
    expect_golden("tdx.args", render(*command));
}

TEST(QemuArgs, LaunchNothingThatCanBeDebuggedOrMovedOrIsNotMeasured) {
    const auto error_of = [](launch::ConfidentialLaunch processor, launch::Accelerator accelerator) {
        auto spec = make_hardware_spec(std::move(processor));
        spec.accelerator = accelerator;
        const auto command = make_command("/qemu", spec);
        return command ? std::string("accepted") : command.error().message;
    };
    const auto kvm = launch::Accelerator::kvm;
    for (const std::uint64_t policy : {0x0ULL, 0x70000ULL, 0xB0000ULL}) {
        auto snp = make_snp();
        snp.policy = policy;
        EXPECT_NE(error_of(snp, kvm).find("allows debugging or migration"), std::string::npos) << policy;
    }
    auto snp = make_snp();
    snp.id_block = std::string(96, 'b');
    EXPECT_EQ(error_of(snp, kvm), "vm ab12: id block's authentication of 0 bytes, where 4096 belong");
    snp = make_snp();
    snp.firmware.clear();
    EXPECT_EQ(error_of(snp, kvm), "vm ab12: '' is no file of a firmware");
    snp = make_snp();
    snp.cpu_model = "EPYC,sev=off";
    EXPECT_EQ(error_of(snp, kvm), "vm ab12: 'EPYC,sev=off' is no CPU model");
    auto td = make_td();
    td.attributes |= 1U;
    EXPECT_EQ(error_of(td, kvm), "vm ab12: attributes 0x10000001 allow debugging");
    td = make_td();
    td.mr_config_id = "short";
    EXPECT_EQ(error_of(td, kvm), "vm ab12: MRCONFIGID of 5 bytes, where 48 belong");
    EXPECT_EQ(error_of(make_td(), launch::Accelerator::tcg), "vm ab12: a secure processor needs KVM");
}

TEST(QemuArgs, OfAnOrdinaryVmNameNoFileOfTheHost) {
    EXPECT_TRUE(make_command("/usr/bin/qemu-system-x86_64", make_spec())->shown.empty());
}

TEST(QemuArgs, RefuseAVmThatIsOnlyCalledConfidential) {
    const auto error_of = [](auto change) {
        auto spec = make_confidential_spec();
        change(spec);
        const auto command = make_command("/qemu", spec);
        return command ? std::string("accepted") : command.error().message;
    };
    EXPECT_EQ(error_of([](auto& spec) { spec.confidential.reset(); }),
              "vm ab12: level 'confidential' without a secure processor");
    EXPECT_EQ(error_of([](auto& spec) { spec.level = launch::IsolationLevel::vm; }),
              "vm ab12: level 'vm' with a secure processor");
    EXPECT_EQ(error_of([](auto& spec) {
                  spec.level = launch::IsolationLevel::vm;
                  spec.confidential.reset();
              }),
              "vm ab12: level 'vm' with a relay");
    EXPECT_EQ(error_of([](auto& spec) { spec.level = launch::IsolationLevel::runc; }),
              "vm ab12: level 'runc' has no VMs");
    EXPECT_EQ(error_of([](auto& spec) {
                  spec.confidential = launch::SimulatedLaunch{.simulator = "/s", .host_data = "short"};
              }),
              "vm ab12: host data of 5 bytes, where 32 belong");
    EXPECT_EQ(error_of([](auto& spec) {
                  spec.confidential =
                      launch::SimulatedLaunch{.simulator = "/s,fd=3", .host_data = std::string(32, 'h')};
              }),
              "vm ab12: the simulator's socket '/s,fd=3' is no absolute path for one");
}

TEST(QemuArgs, RefuseANetworkThatCannotBe) {
    const auto error_of = [](launch::NetworkDevice network) {
        auto spec = make_spec();
        spec.networks = {make_network("net0", {3}), std::move(network)};
        const auto command = make_command("/qemu", spec);
        return command ? std::string("accepted") : command.error().message;
    };
    EXPECT_EQ(error_of(make_network("net0", {3})),
              "vm ab12: network id 'net0': only a-z, 0-9 and '-', and only once");
    EXPECT_EQ(error_of(make_network("net1", {})), "vm ab12: network net1: 0 queues, not 1 to 16");
    auto network = make_network("net1", {3});
    network.mac = "02:00:00:00:00:0x";
    EXPECT_EQ(error_of(network), "vm ab12: network net1: mac '02:00:00:00:00:0x' is not six hex bytes");
    network = make_network("net1", {3});
    network.mtu = 20;
    EXPECT_EQ(error_of(network), "vm ab12: network net1: mtu 20 is not within 68 and 65535");
}

TEST(QemuArgs, RefuseWhatCannotBeAVm) {
    const auto error_of = [](auto change) {
        auto spec = make_spec();
        change(spec);
        const auto command = make_command("/qemu", spec);
        return command ? std::string("accepted") : command.error().message;
    };
    EXPECT_EQ(error_of([](auto& spec) { spec.id = SandboxId("a,b"); }), "vm id 'a,b': only a-z, 0-9 and '-'");
    EXPECT_EQ(error_of([](auto& spec) { spec.vcpus = 0; }), "vm ab12: vcpus 0 is not within 1 and 64");
    EXPECT_EQ(error_of([](auto& spec) { spec.memory_bytes = 4096; }),
              "vm ab12: memory of 4096 bytes is not a multiple of 1 MiB from 32 MiB on");
    EXPECT_NE(
        error_of([](auto& spec) { spec.runtime_directory = "/" + std::string(100, 'x'); }).find("too long"),
        std::string::npos);
    EXPECT_EQ(error_of([](auto& spec) { spec.disks = {{.id = "A"}}; }),
              "disk id 'A': only a-z, 0-9 and '-', at most 26 characters");
    EXPECT_EQ(error_of([](auto& spec) { spec.disks = {{.id = "a", .lun = 256}}; }),
              "disk 'a': lun 256 is beyond 255");
    EXPECT_EQ(error_of([](auto& spec) { spec.disks = {{.id = "a", .lun = 1}, {.id = "b", .lun = 1}}; }),
              "vm ab12: disks 'a' and 'b' share an id or lun 1");
}

} // namespace
} // namespace redoubt::node::hypervisor::qemu
