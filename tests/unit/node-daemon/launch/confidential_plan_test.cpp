// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launch/confidential_plan.hpp"

#include <gtest/gtest.h>

#include "common/initdata/initdata.hpp"
#include "common/initdata/initdata_disk.hpp"
#include "node-daemon/launch/pod_plan.hpp"

namespace redoubt::node::launch {
namespace {

constexpr std::string_view k_text =
    "version = '0.1.0'\nalgorithm = 'sha384'\n[data]\n'policy.rego' = 'package agent_policy'\n";

std::string make_annotation() {
    return initdata::make_annotation(k_text).value();
}

NodeFacts make_node() {
    return {.kernel = "/guest/vmlinuz",
            .initramfs = "/guest/initramfs.cpio",
            .confidential_initramfs = "/guest/initramfs-confidential.cpio",
            .confidential = {.simulator = "/run/redoubt-simtee/simtee.sock", .has_relay = true}};
}

PlanRequest make_request() {
    PlanRequest request;
    request.sandbox = SandboxId("sb1");
    request.runtime_directory = "/run/redoubt/vm/sb1";
    request.container = {.id = ContainerId("0123456789abcdef"), .command = {"sleep"}, .terminal_size = {}};
    request.image = {.name = "busybox", .environment = {}, .entrypoint = {}, .command = {}};
    request.layers = {
        {.file = "/images/a.img", .root_hash = "aa", .salt = "5a", .data_blocks = 10, .size_bytes = 45056}};
    request.node = make_node();
    request.initdata = make_annotation();
    return request;
}

TEST(ConfidentialPlan, MarksTheMeasuredCommandLine) {
    const auto plan = make_plan(make_request()).value();
    EXPECT_EQ(plan.vm.level, IsolationLevel::confidential);
    EXPECT_TRUE(plan.vm.cmdline.ends_with(" redoubt.confidential=1 redoubt.simtee=1")) << plan.vm.cmdline;
    EXPECT_TRUE(plan.vm.has_relay);
    EXPECT_EQ(plan.vm.initramfs, "/guest/initramfs-confidential.cpio");
}

TEST(ConfidentialPlan, BindsInitdataToTheLaunchAndGivesItOnADisk) {
    const auto plan = make_plan(make_request()).value();
    const auto parsed = initdata::Initdata::parse(k_text).value();
    ASSERT_TRUE(plan.vm.confidential);
    const auto& simulated = std::get<SimulatedLaunch>(*plan.vm.confidential);
    EXPECT_EQ(simulated.host_data, parsed.host_data());
    EXPECT_EQ(simulated.simulator, "/run/redoubt-simtee/simtee.sock");
    EXPECT_EQ(plan.initdata_digest, parsed.digest().str());
    EXPECT_EQ(initdata::read_disk(plan.initdata_disk).value(), k_text);
    const auto& disk = plan.vm.disks.back();
    EXPECT_EQ(disk.id, "initdata");
    EXPECT_EQ(disk.file, "/run/redoubt/vm/sb1/initdata.img");
    EXPECT_TRUE(disk.read_only);
    EXPECT_EQ(plan.vm.disks.size(), 2U);
}

TEST(ConfidentialPlan, GivesAPodsEmptyDiskAKeyThatNobodyKeeps) {
    PodPlanRequest request;
    request.sandbox = SandboxId("sb1");
    request.node = make_node();
    request.volumes = {{.name = "d", .kind = PodVolumeKind::disk}};
    request.disks = {"/disks/d"};
    request.initdata = make_annotation();
    const auto plan = make_pod_plan(request).value();
    ASSERT_EQ(plan.storages.size(), 1U);
    EXPECT_EQ(plan.storages[0].driver_options, (std::vector<std::string>{"encryption_key=ephemeral"}));
    EXPECT_EQ(plan.storages[0].options, (std::vector<std::string>{"rw"}));
}

TEST(ConfidentialPlan, LeavesOtherVmsAsTheyAre) {
    auto request = make_request();
    request.initdata.reset();
    const auto plan = make_plan(request).value();
    EXPECT_EQ(plan.vm.level, IsolationLevel::vm);
    EXPECT_FALSE(plan.vm.confidential);
    EXPECT_FALSE(plan.vm.has_relay);
    EXPECT_FALSE(plan.vm.cmdline.contains("redoubt."));
    EXPECT_TRUE(plan.initdata_disk.empty());
}

TEST(ConfidentialPlan, IsRefusedWithoutInitdataOrWithWhatIsNone) {
    auto request = make_request();
    request.initdata = "";
    EXPECT_EQ(make_plan(request).error().code, Code::invalid_argument);
    EXPECT_TRUE(make_plan(request).error().message.contains("denies everything"))
        << make_plan(request).error().message;
    request.initdata = "not an annotation";
    EXPECT_EQ(make_plan(request).error().code, Code::invalid_argument);
    request.initdata = initdata::make_annotation("version = '0.1.0'\n").value();
    EXPECT_EQ(make_plan(request).error().message, "initdata: no algorithm");
    EXPECT_TRUE(check_initdata(make_annotation()));
    EXPECT_FALSE(check_initdata(initdata_of({})));
    EXPECT_EQ(initdata_of({{"io.katacontainers.config.hypervisor.cc_init_data", "x"}}), "x");
}

TEST(ConfidentialPlan, IsNotMadeWithoutASecureProcessor) {
    auto request = make_request();
    request.node.confidential.simulator.clear();
    EXPECT_EQ(make_plan(request).error().code, Code::failed_precondition);
}

TEST(ConfidentialPlan, KnowsWhetherItsGuestAsksForSignatures) {
    const auto with = [](std::string_view cdh) {
        const auto text = std::string(k_text) + "'cdh.toml' = '''" + std::string(cdh) + "'''\n";
        return initdata::make_annotation(text).value();
    };
    EXPECT_FALSE(has_signature_policy(make_annotation()));
    EXPECT_FALSE(has_signature_policy(""));
    EXPECT_FALSE(has_signature_policy(with("[image]")));
    EXPECT_FALSE(has_signature_policy(with("[image")));
    EXPECT_TRUE(has_signature_policy(with("[image]\nimage_security_policy = '{}'")));
    EXPECT_TRUE(has_signature_policy(with("[image]\nimage_security_policy_uri = 'kbs:///a/b/c'")));
}

TEST(ConfidentialPlan, OnHardwareHasNoMarkOfASimulationAndNothingOfASimulator) {
    auto request = make_request();
    request.node.accelerator = Accelerator::kvm;
    request.node.confidential.snp = SnpMeans{.firmware = "/ovmf/snp.fd", .c_bit = 47};
    const auto parsed = initdata::Initdata::parse(k_text).value();
    const auto plan = make_plan(request).value();
    EXPECT_TRUE(plan.vm.cmdline.ends_with(" redoubt.confidential=1")) << plan.vm.cmdline;
    const auto& snp = std::get<SnpLaunch>(plan.vm.confidential.value());
    EXPECT_EQ(snp.host_data, parsed.host_data());
    EXPECT_EQ(snp.firmware, "/ovmf/snp.fd");
    EXPECT_EQ(snp.c_bit, 47U);
    request.node.confidential.snp.reset();
    request.node.confidential.tdx = TdxMeans{.firmware = "/ovmf/tdx.fd", .quote_service_port = 1};
    const auto td_plan = make_plan(request).value();
    const auto& td = std::get<TdxLaunch>(td_plan.vm.confidential.value());
    EXPECT_EQ(td.mr_config_id, parsed.mr_config_id());
    EXPECT_EQ(td.quote_service_port, 1U);
}

TEST(ConfidentialPlan, OnHardwareWithoutKvmIsRefusedAndNotSimulated) {
    auto request = make_request();
    request.node.accelerator = Accelerator::tcg;
    request.node.confidential.snp = SnpMeans{.firmware = "/ovmf/snp.fd"};
    EXPECT_EQ(make_plan(request).error().code, Code::failed_precondition);
}

TEST(ConfidentialPlan, OfASimulationMayBootThroughAFirmware) {
    auto request = make_request();
    request.node.confidential.simulator_firmware = "/ovmf/plain.fd";
    const auto plan = make_plan(request).value();
    EXPECT_EQ(std::get<SimulatedLaunch>(plan.vm.confidential.value()).firmware, "/ovmf/plain.fd");
}

TEST(ConfidentialPlan, OfAPodIsThatOfItsVm) {
    PodPlanRequest request;
    request.sandbox = SandboxId("sb2");
    request.runtime_directory = "/run/redoubt/vm/sb2";
    request.node = make_node();
    request.node.confidential.has_relay = false;
    request.initdata = make_annotation();
    const auto plan = make_pod_plan(request).value();
    EXPECT_EQ(plan.vm.level, IsolationLevel::confidential);
    EXPECT_FALSE(plan.vm.has_relay);
    EXPECT_EQ(plan.vm.disks.back().id, "initdata");
}

} // namespace
} // namespace redoubt::node::launch
