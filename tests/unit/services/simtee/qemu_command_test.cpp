// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/simtee/qemu_command.hpp"

#include <gtest/gtest.h>

#include "common/encoding/base64.hpp"

namespace redoubt::services::simtee {
namespace {

using Arguments = std::vector<std::string>;

/// What a node's QEMU is called with, and the port to the simulator.
Arguments make_command() {
    return {"/usr/bin/qemu-system-x86_64",
            "-name",
            "guest=redoubt-a,debug-threads=on",
            "-nodefaults",
            "-no-user-config",
            "-display",
            "none",
            "-sandbox",
            "on,obsolete=deny",
            "-S",
            "-no-reboot",
            "-machine",
            "microvm,acpi=off,pit=on,pic=on,rtc=on,isa-serial=off,auto-kernel-cmdline=on",
            "-accel",
            "tcg,tb-size=64",
            "-cpu",
            "max",
            "-smp",
            "2",
            "-m",
            "256M",
            "-kernel",
            "/proc/self/fd/3",
            "-initrd",
            "/proc/self/fd/4",
            "-append",
            "console=hvc0 redoubt.simtee=1 quiet",
            "-chardev",
            "socket,id=qmp,fd=5,server=on,wait=off",
            "-mon",
            "chardev=qmp,mode=control",
            "-global",
            "virtio-mmio.force-legacy=off",
            "-device",
            "virtio-serial-device,id=serial0,max_ports=4",
            "-device",
            "virtserialport,bus=serial0.0,nr=2,chardev=simtee,name=org.redoubt.simtee",
            "-object",
            "rng-builtin,id=rng0",
            "-device",
            "virtio-rng-device,rng=rng0",
            "-device",
            R"({"driver":"scsi-hd","id":"scsi-a","drive":"disk-a"})",
            "-blockdev",
            R"({"driver":"raw","node-name":"disk-a"})"};
}

Arguments with(const std::string& option, const std::string& value) {
    auto arguments = make_command();
    arguments.push_back(option);
    arguments.push_back(value);
    return arguments;
}

/// The command with another value of an option it has.
Arguments changed(const std::string& option, const std::string& value) {
    auto arguments = make_command();
    for (std::size_t i = 0; i + 1 < arguments.size(); ++i)
        if (arguments[i] == option) arguments[i + 1] = value;
    return arguments;
}

void expect_refused(const Arguments& arguments, const std::string& word) {
    const auto launch = parse_qemu_command(arguments);
    ASSERT_FALSE(launch) << word;
    EXPECT_NE(launch.error().message.find(word), std::string::npos) << launch.error().message;
}

TEST(QemuCommand, SaysWhatANodesGuestIs) {
    const auto launch = parse_qemu_command(make_command());
    ASSERT_TRUE(launch) << launch.error().message;
    EXPECT_EQ(launch->platform, Platform::amd);
    EXPECT_EQ(launch->kernel, "/proc/self/fd/3");
    EXPECT_EQ(launch->initrd, "/proc/self/fd/4");
    EXPECT_EQ(launch->cmdline, "console=hvc0 redoubt.simtee=1 quiet");
    EXPECT_EQ(launch->firmware, "");
    EXPECT_EQ(launch->vcpus, 2U);
    EXPECT_EQ(launch->cpu_model, "max");
    EXPECT_EQ(launch->config_digest, std::string(32, '\0'));
}

TEST(QemuCommand, CarriesTheConfigurationsDigestAndWithItThePlatform) {
    const auto digest = encoding::to_base64(std::string(32, 'h'));
    const auto amd = parse_qemu_command(with("-fw_cfg", "name=opt/org.redoubt/host-data,string=" + digest));
    ASSERT_TRUE(amd) << amd.error().message;
    EXPECT_EQ(amd->config_digest, std::string(32, 'h'));
    const auto wide = encoding::to_base64(std::string(48, 'm'));
    const auto intel = parse_qemu_command(with("-fw_cfg", "name=opt/org.redoubt/mrconfigid,string=" + wide));
    ASSERT_TRUE(intel) << intel.error().message;
    EXPECT_EQ(intel->platform, Platform::intel);
    EXPECT_EQ(intel->config_digest, std::string(48, 'm'));
    auto both = with("-fw_cfg", "name=opt/org.redoubt/mrconfigid,string=" + wide);
    both.insert(both.end(), {"-fw_cfg", "name=opt/org.redoubt/host-data,string=" + digest});
    expect_refused(both, "neither");
    expect_refused(with("-fw_cfg", "name=opt/org.redoubt/host-data,string=" + wide), "48 bytes");
    expect_refused(with("-fw_cfg", "name=opt/org.redoubt/host-data,file=/etc/passwd"), "name and a string");
    expect_refused(with("-fw_cfg", "name=etc/boot-fail-wait,string=x"), "etc/boot-fail-wait");
}

TEST(QemuCommand, NeedsTheMarkAsAWordOfTheCommandLine) {
    for (const auto* cmdline : {"", "console=hvc0", "redoubt.simtee=10", "xredoubt.simtee=1",
                                "redoubt.simtee=0", "a=redoubt.simtee=1"})
        expect_refused(changed("-append", cmdline), "redoubt.simtee=1");
    EXPECT_TRUE(parse_qemu_command(with("-netdev", "tap,id=n,fds=3:4,vhost=off")));
    for (const auto* cmdline : {"redoubt.simtee=1", "a redoubt.simtee=1", "redoubt.simtee=1 b"})
        EXPECT_TRUE(parse_qemu_command(changed("-append", cmdline))) << cmdline;
}

TEST(QemuCommand, RefusesWhatLetsTheHostIntoTheGuest) {
    const std::vector<std::pair<std::string, std::string>> roads{
        {"-gdb", "tcp::1234"},
        {"-monitor", "stdio"},
        {"-serial", "mon:stdio"},
        {"-incoming", "tcp:0:4444"},
        {"-loadvm", "x"},
        {"-plugin", "x.so"},
        {"-readconfig", "x"},
        {"-set", "device.x.y=z"},
        {"-L", "/tmp"},
        {"-pflash", "x"},
        {"-option-rom", "x"},
        {"-dtb", "x"},
        {"-trace", "x"},
        {"-qtest", "unix:x"},
        {"-mon", "chardev=qmp,mode=readline"},
        {"-mon", "chardev=qmp"},
        {"-drive", "if=pflash,file=x"},
        {"-device", "loader,file=x,addr=0"},
        {"-device", "guest-loader,addr=0"},
        {"-device", "ivshmem-plain,memdev=x"},
        {"-device", "vfio-pci,host=0"},
        {"-device", "vhost-user-fs-pci,chardev=x"},
        {"-device", "virtio-net-pci,romfile=x"},
        {"-device", "driver=loader"},
        {"-device", "virtio-rng-pci,driver=loader"},
        {"-device", R"({"driver":"loader"})"},
        {"-device", R"({"driver":"virtio-net-pci","romfile":"x"})"},
        {"-device", "{"},
        {"-object", "memory-backend-file,id=m,mem-path=x,share=on,size=1"},
        {"-global", "loader.file=x"},
        {"-netdev", "vhost-user,id=n,chardev=c"},
        {"-netdev", R"({"type":"vhost-vdpa","id":"n"})"},
        {"-blockdev", R"({"driver":"virtio-blk-vhost-user","path":"x"})"},
        {"-drive", "if=none,driver=virtio-blk-vhost-user"},
        {"-run-with", "chroot=/x"},
        {"-accel", "qtest"}};
    for (const auto& [option, value] : roads) {
        const auto launch = parse_qemu_command(with(option, value));
        EXPECT_FALSE(launch) << option << ' ' << value;
    }
    expect_refused(changed("-machine", "microvm,firmware=x"), "firmware");
    expect_refused(changed("-machine", "q35,pflash0=x"), "pflash0");
    expect_refused(changed("-machine", "q35,kernel=x"), "kernel");
    expect_refused(changed("-machine", "none"), "none");
    for (const auto* flag : {"-s", "-nographic", "--gdb", "-daemonize", "disk.img", "-"}) {
        auto arguments = make_command();
        arguments.emplace_back(flag);
        EXPECT_FALSE(parse_qemu_command(arguments)) << flag;
    }
}

TEST(QemuCommand, RefusesTwoAnswersToOneQuestion) {
    expect_refused(with("-kernel", "/other"), "twice");
    expect_refused(with("--kernel", "/other"), "twice");
    expect_refused(with("-append", "redoubt.simtee=1"), "twice");
    expect_refused(with("-M", "q35"), "twice");
    expect_refused(with("-smp", "4"), "twice");
}

TEST(QemuCommand, CountsTheCpusThatAreMeasured) {
    const auto count = [](const std::string& value) { return parse_qemu_command(changed("-smp", value)); };
    EXPECT_EQ(count("4")->vcpus, 4U);
    EXPECT_EQ(count("4,sockets=1,cores=4")->vcpus, 4U);
    EXPECT_EQ(count("cpus=3,maxcpus=3")->vcpus, 3U);
    for (const auto* value : {"0", "", "x", "5000", "4,maxcpus=8", "sockets=2,cores=2"})
        EXPECT_FALSE(count(value)) << value;
}

TEST(QemuCommand, NeedsADirectBoot) {
    expect_refused({"qemu", "-append", "redoubt.simtee=1"}, "-kernel");
    expect_refused({}, "-kernel");
    expect_refused({"qemu", "-kernel"}, "without its value");
}

} // namespace
} // namespace redoubt::services::simtee
