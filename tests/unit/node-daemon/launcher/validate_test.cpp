// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launcher/protocol/validate.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "node-daemon/hypervisor/qemu/args.hpp"
#include "tests/unit/node-daemon/launcher/samples.hpp"

namespace redoubt::node::launcher {
namespace {

using launch::VmSpec;

/// As the launcher does: what it does not refuse itself, the maker of arguments may.
Status check_vm(const VmSpec& spec) {
    const Request request = StartVm{spec};
    RDT_CHECK(validate(request, descriptors_of(request)));
    RDT_CHECK(hypervisor::qemu::make_command("/usr/bin/qemu-system-x86_64", spec));
    return {};
}

struct HostileVm {
    const char* what;
    std::function<void(VmSpec&)> change;
};

const std::vector<HostileVm>& hostile_vms() {
    static const std::vector<HostileVm> table{
        {"no id", [](VmSpec& s) { s.id = SandboxId(); }},
        {"a second property in the id", [](VmSpec& s) { s.id = SandboxId("a,process=x"); }},
        {"a path as an id", [](VmSpec& s) { s.id = SandboxId("../../etc"); }},
        {"an option as an id", [](VmSpec& s) { s.id = SandboxId("-incoming"); }},
        {"a long id", [](VmSpec& s) { s.id = SandboxId(std::string(65, 'a')); }},
        {"a scope of another unit", [](VmSpec& s) { s.id = SandboxId("a.service"); }},
        {"a zero byte in the command line", [](VmSpec& s) { s.cmdline = std::string("quiet\0x", 7); }},
        {"a line break in the command line", [](VmSpec& s) { s.cmdline = "quiet\n-drive file=/etc/shadow"; }},
        {"a command line without end", [](VmSpec& s) { s.cmdline = std::string(2049, 'a'); }},
        {"no processors", [](VmSpec& s) { s.vcpus = 0; }},
        {"processors without end", [](VmSpec& s) { s.vcpus = 1U << 31U; }},
        {"no memory", [](VmSpec& s) { s.memory_bytes = 0; }},
        {"memory without end", [](VmSpec& s) { s.memory_bytes = 1ULL << 63U; }},
        {"a folder that is none", [](VmSpec& s) { s.runtime_directory = "vm"; }},
        {"a folder through others", [](VmSpec& s) { s.runtime_directory = "/run/redoubt/../../etc"; }},
        {"a line break in the folder", [](VmSpec& s) { s.runtime_directory = "/run/a\nLD_PRELOAD=x"; }},
        {"file=/etc/shadow by a disk", [](VmSpec& s) { s.disks[0].id = "x,file=/etc/shadow"; }},
        {"JSON by a disk", [](VmSpec& s) { s.disks[0].id = R"(x","filename":"/etc/shadow)"; }},
        {"a disk twice", [](VmSpec& s) { s.disks[1].id = s.disks[0].id; }},
        {"a place twice",
         [](VmSpec& s) {
             s.disks[1].lun = s.disks[0].lun;
             s.disks[1].target = s.disks[0].target;
         }},
        {"a lun that is none", [](VmSpec& s) { s.disks[0].lun = 256; }},
        {"a target that is none", [](VmSpec& s) { s.disks[0].target = 256; }},
        {"script=/bin/sh by a network", [](VmSpec& s) { s.networks[0].id = "x,script=/bin/sh"; }},
        {"vhost by a mac", [](VmSpec& s) { s.networks[0].mac = "02:00:00:00:00:01,rom"; }},
        {"an mtu that is none", [](VmSpec& s) { s.networks[0].mtu = 0; }},
        {"no queue", [](VmSpec& s) { s.networks[0].tap_queues.clear(); }},
        {"queues without end", [](VmSpec& s) { s.networks[0].tap_queues.assign(17, -1); }},
        {"networks without end", [](VmSpec& s) { s.networks.assign(6, s.networks[0]); }},
        {"a level without VMs", [](VmSpec& s) { s.level = launch::IsolationLevel::runc; }},
        {"a processor without its level", [](VmSpec& s) { s.confidential = launch::SimulatedLaunch{}; }},
        {"a relay of an ordinary VM", [](VmSpec& s) { s.has_relay = true; }},
    };
    return table;
}

TEST(LauncherValidate, LetsAnOrdinaryVmThrough) {
    EXPECT_TRUE(check_vm(test::make_spec()));
}

const std::vector<HostileVm>& hostile_confidential_vms() {
    using launch::SimulatedLaunch;
    static const std::vector<HostileVm> table{
        {"its processor is lost", [](VmSpec& s) { s.confidential.reset(); }},
        {"its processor and its relay are lost",
         [](VmSpec& s) {
             s.confidential.reset();
             s.has_relay = false;
         }},
        {"its level is lost", [](VmSpec& s) { s.level = launch::IsolationLevel::vm; }},
        {"its level is another", [](VmSpec& s) { s.level = launch::IsolationLevel::gvisor; }},
        {"it is a clone",
         [](VmSpec& s) { s.of_template = {.role = launch::TemplateUse::Role::clone, .memory = -1}; }},
        {"bound to nothing", [](VmSpec& s) { std::get<SimulatedLaunch>(*s.confidential).host_data.clear(); }},
        {"bound to more than fits",
         [](VmSpec& s) { std::get<SimulatedLaunch>(*s.confidential).host_data += "h"; }},
    };
    return table;
}

TEST(LauncherValidate, LetsAConfidentialVmThrough) {
    EXPECT_TRUE(check_vm(test::make_confidential_spec()));
    EXPECT_EQ(descriptors_of(StartVm{test::make_confidential_spec()}), 10U) << "the relay's socket, too";
}

TEST(LauncherValidate, LetsACloneThroughWithItsMemory) {
    EXPECT_TRUE(check_vm(test::make_clone_spec()));
    EXPECT_EQ(descriptors_of(StartVm{test::make_clone_spec()}),
              descriptors_of(StartVm{test::make_spec()}) + 1);
}

TEST(LauncherValidate, RefusesWhatIsLeftOfAConfidentialVm) {
    for (const auto& hostile : hostile_confidential_vms()) {
        auto spec = test::make_confidential_spec();
        hostile.change(spec);
        EXPECT_FALSE(check_vm(spec)) << hostile.what;
    }
}

TEST(LauncherValidate, NoByteTurnsAConfidentialVmIntoAnOrdinaryOne) {
    const auto packet = encode(Request(StartVm{test::make_confidential_spec()}));
    std::size_t accepted = 0;
    for (std::size_t place = 0; place < packet.size(); ++place)
        for (int byte = 0; byte < 256; ++byte) {
            auto changed = packet;
            changed[place] = static_cast<char>(byte);
            auto request = decode_request(changed);
            auto* start = request ? std::get_if<StartVm>(&*request) : nullptr;
            if (start == nullptr) continue;
            // What the launcher adds of its own.
            if (start->spec.confidential)
                std::get<launch::SimulatedLaunch>(*start->spec.confidential).simulator = "/simtee.sock";
            if (!check_vm(start->spec)) continue;
            ++accepted;
            ASSERT_TRUE(start->spec.confidential) << "byte " << place << " as " << byte;
        }
    EXPECT_GT(accepted, packet.size()) << "each byte as it is, and other names, sizes and host data";
}

TEST(LauncherValidate, RefusesHostileVms) {
    for (const auto& hostile : hostile_vms()) {
        auto spec = test::make_spec();
        hostile.change(spec);
        EXPECT_FALSE(check_vm(spec)) << hostile.what;
    }
}

// A request has no place for options: whatever it says, QEMU is called with these and no others.
TEST(LauncherValidate, LeadsToAFixedSetOfOptions) {
    static const std::set<std::string> known{
        "-name",      "-nodefaults", "-no-user-config", "-display",  "-sandbox", "-S",
        "-no-reboot", "-machine",    "-accel",          "-cpu",      "-smp",     "-m",
        "-kernel",    "-initrd",     "-append",         "-chardev",  "-mon",     "-global",
        "-device",    "-object",     "-add-fd",         "-blockdev", "-netdev"};
    static const std::set<std::string> alone{"-nodefaults", "-no-user-config", "-S", "-no-reboot"};
    auto spec = test::make_spec();
    spec.accelerator = launch::Accelerator::kvm;
    spec.cmdline = "-drive file=/etc/shadow -monitor stdio -incoming exec:sh -device vfio-pci -sandbox off";
    ASSERT_TRUE(check_vm(spec));
    const auto command = hypervisor::qemu::make_command("/usr/bin/qemu-system-x86_64", spec);
    ASSERT_TRUE(command);
    EXPECT_EQ(command->arguments.front(), "/usr/bin/qemu-system-x86_64");
    std::size_t sandboxes = 0;
    for (std::size_t i = 1; i < command->arguments.size(); ++i) {
        const auto& option = command->arguments[i];
        EXPECT_TRUE(known.contains(option)) << option;
        if (option == "-sandbox") {
            ++sandboxes;
            EXPECT_TRUE(command->arguments[i + 1].starts_with("on,")) << command->arguments[i + 1];
        }
        if (!alone.contains(option)) ++i;
        // Of paths only what is inherited.
        const auto& value = command->arguments[i];
        if (option == "-append") {
            EXPECT_EQ(value, spec.cmdline) << "one word, whatever it says";
        } else if (value.contains("/")) {
            EXPECT_TRUE(value.contains("/dev/fdset/") || value.starts_with("/proc/self/fd/")) << value;
        }
    }
    EXPECT_EQ(sandboxes, 1U);
}

struct HostileRequest {
    const char* what;
    Request request;
};

TEST(LauncherValidate, RefusesHostileRequests) {
    const SandboxId id("ab12");
    const auto attach = [](const std::function<void(network::AttachRequest&)>& change) {
        auto request = test::make_attach();
        change(request);
        return Attach{request};
    };
    const std::vector<HostileRequest> table{
        {"a path for a namespace", MakeNamespace{SandboxId("../../../etc/cron.d/x")}},
        {"a folder for a namespace", RemoveNamespace{SandboxId("..")}},
        {"an upper-case id", Detach{SandboxId("AB")}},
        {"an empty id", CheckNetwork{SandboxId()}},
        {"an argument of another's", KillVm{SandboxId("x,debug")}},
        {"an id among many", CollectGarbage{{id, SandboxId("a/b")}}},
        {"an interface with a path", MakeTap{{.sandbox = id, .interface = "../lo"}}},
        {"queues without end", MakeTap{{.sandbox = id, .interface = "eth0", .queues = 4096}}},
        {"a network with a path", RemoveNetwork{"../../passwd"}},
        {"an empty network", RemoveNetwork{""}},
        {"a new network with a path", CreateNetwork{{.name = "../x"}}},
        {"a subnet with a line break", CreateNetwork{{.name = "x", .subnets = {"10.0.0.0/8\n"}}}},
        {"a network of another format", attach([](auto& r) { r.network = "a/b"; })},
        {"a name with a blank", attach([](auto& r) { r.names = {"a b"}; })},
        {"a name with a line break", attach([](auto& r) { r.names = {"a\n1 2 3 evil"}; })},
        {"an address with an option", attach([](auto& r) { r.ports[0].host_ip = "1 -j ACCEPT"; })},
        {"a protocol that is none", attach([](auto& r) { r.ports[0].protocol = "all"; })},
        {"names without end", attach([](auto& r) { r.names.assign(65, "x"); })},
        {"ports without end", attach([](auto& r) { r.ports.assign(1025, r.ports[0]); })},
    };
    for (const auto& [what, request] : table)
        EXPECT_FALSE(validate(request, descriptors_of(request))) << what;
}

TEST(LauncherValidate, LetsEveryOrdinaryRequestThrough) {
    for (const auto& request : test::make_requests()) {
        const auto valid = validate(request, descriptors_of(request));
        EXPECT_TRUE(valid) << request.index() << ": " << (valid ? "" : valid.error().message);
    }
}

TEST(LauncherValidate, RefusesDescriptorsThatNobodyWants) {
    for (const auto& request : test::make_requests())
        EXPECT_FALSE(validate(request, descriptors_of(request) + 1)) << request.index();
    EXPECT_EQ(descriptors_of(StartVm{test::make_spec()}), 9U)
        << "three sockets, two files, two disks, two queues";
}

} // namespace
} // namespace redoubt::node::launcher
