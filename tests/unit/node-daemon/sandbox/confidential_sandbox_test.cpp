// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/confidential_sandbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/file.hpp"
#include "common/encoding/hex.hpp"
#include "common/initdata/initdata.hpp"
#include "common/initdata/initdata_disk.hpp"
#include "node-daemon/sandbox/pod.hpp"
#include "tests/support/node_fixture.hpp"

namespace redoubt::node::sandbox {
namespace {

using launch::IsolationLevel;
using testing::HasSubstr;
using testing_support::NodeTest;

constexpr std::string_view k_text = "version = '0.1.0'\nalgorithm = 'sha256'\n";

std::map<std::string, std::string> make_annotations() {
    return {{std::string(initdata::k_annotation), initdata::make_annotation(k_text).value()}};
}

class Confidential : public NodeTest {
  protected:
    void SetUp() override {
        NodeTest::SetUp();
        network.names = {"redoubt"};
        give_means();
    }
    void give_means() {
        node().settings.facts.confidential = {.simulator = "/run/redoubt-simtee/simtee.sock",
                                              .has_relay = true};
        node().settings.broker = {"broker", "8443"};
    }
    static ContainerSpec make_spec() {
        ContainerSpec spec;
        spec.image = "test";
        spec.command = {"sh"};
        spec.level = IsolationLevel::confidential;
        spec.annotations = make_annotations();
        return spec;
    }
    Error refusal(ContainerSpec spec) { return run(create_container(node(), std::move(spec))).error(); }
};

TEST_F(Confidential, ContainersAreLaunchedWithInitdataBoundAndOnADisk) {
    const auto id = create(make_spec());
    ASSERT_TRUE(run(start_container(node(), id.str())));
    ASSERT_EQ(hypervisor.launched.size(), 1U);
    const auto& vm = hypervisor.launched.front();
    EXPECT_EQ(vm.level, IsolationLevel::confidential);
    EXPECT_TRUE(vm.has_relay);
    const auto parsed = initdata::Initdata::parse(k_text).value();
    EXPECT_EQ(std::get<launch::SimulatedLaunch>(vm.confidential.value()).host_data, parsed.host_data());
    EXPECT_EQ(initdata::read_disk(read_file(vm.disks.back().file).value()).value(), k_text);
    const auto shown = inspect_container(node(), id.str()).value();
    EXPECT_TRUE(shown.summary.is_simulation);
    EXPECT_EQ(shown.sandbox.confidential.trust, "simulation");
    EXPECT_EQ(shown.sandbox.confidential.initdata_digest, parsed.digest().str());
    EXPECT_EQ(shown.sandbox.confidential.host_data, encoding::to_hex(parsed.host_data()));
    EXPECT_EQ(shown.sandbox.confidential.broker, "broker:8443");
}

TEST_F(Confidential, ContainersAreAdoptedAsWhatTheyAre) {
    const auto id = create(make_spec());
    ASSERT_TRUE(run(start_container(node(), id.str())));
    const auto before = inspect_container(node(), id.str()).value();
    stop_daemon();
    start_daemon();
    give_means();
    ASSERT_TRUE(run(recover_after_restart(node())));
    const auto after = inspect_container(node(), id.str()).value();
    EXPECT_EQ(after.summary.state, ContainerState::running);
    EXPECT_EQ(after.summary.level, IsolationLevel::confidential);
    EXPECT_EQ(after.sandbox.confidential.host_data, before.sandbox.confidential.host_data);
    EXPECT_EQ(after.sandbox.confidential.trust, "simulation");
}

TEST_F(Confidential, AContainerThatIsOverStillSaysWhatItWasLaunchedAs) {
    const auto id = create(make_spec());
    ASSERT_TRUE(run(start_container(node(), id.str())));
    const auto before = inspect_container(node(), id.str()).value();
    ASSERT_TRUE(run(kill_container(node(), id.str(), "KILL")));
    const auto expect_the_same = [&] {
        const auto after = inspect_container(node(), id.str()).value();
        EXPECT_EQ(after.summary.state, ContainerState::exited);
        EXPECT_TRUE(after.summary.is_simulation);
        EXPECT_TRUE(after.sandbox.id.str().empty());
        EXPECT_EQ(after.sandbox.vmm_pid, 0);
        EXPECT_EQ(after.sandbox.kernel_cmdline, before.sandbox.kernel_cmdline);
        EXPECT_EQ(after.sandbox.confidential.initdata_digest, before.sandbox.confidential.initdata_digest);
        EXPECT_EQ(after.sandbox.confidential.host_data, before.sandbox.confidential.host_data);
        EXPECT_EQ(after.sandbox.confidential.trust, "simulation");
    };
    run_until([&] { return !is_active(container(id)); });
    expect_the_same();
    stop_daemon();
    start_daemon();
    give_means();
    ASSERT_TRUE(run(recover_after_restart(node())));
    expect_the_same();
}

TEST_F(Confidential, IsRefusedWhereThereIsNoSecureProcessorOrNoInitdata) {
    auto without = make_spec();
    without.annotations.clear();
    EXPECT_EQ(refusal(without).code, Code::invalid_argument);
    EXPECT_THAT(refusal(without).message, HasSubstr("needs initdata"));
    const auto id = create(make_spec());
    node().settings.facts.confidential = {};
    EXPECT_EQ(refusal(make_spec()).code, Code::failed_precondition);
    // The settings have changed since it was made.
    EXPECT_EQ(run(start_container(node(), id.str())).error().code, Code::failed_precondition);
    EXPECT_TRUE(hypervisor.launched.empty());
}

TEST_F(Confidential, PodsAreOneVmOfTheLevelWithAllTheirContainers) {
    PodSpec pod;
    pod.name = "web";
    pod.level = IsolationLevel::confidential;
    EXPECT_EQ(run(create_pod(node(), pod)).error().code, Code::invalid_argument); // no initdata
    pod.annotations = make_annotations();
    ASSERT_TRUE(run(create_pod(node(), pod)));
    ContainerSpec member;
    member.pod = "web";
    member.name = "web-one";
    const auto id = create(std::move(member));
    EXPECT_EQ(container(id).spec.level, IsolationLevel::confidential);
    const auto started = run(start_pod(node(), "web"));
    ASSERT_TRUE(started) << started.error().message;
    ASSERT_EQ(hypervisor.launched.size(), 1U);
    EXPECT_TRUE(hypervisor.launched.front().confidential);
    EXPECT_EQ(inspect_pod(node(), "web")->sandbox.confidential.trust, "simulation");
    EXPECT_TRUE(inspect_container(node(), id.str())->summary.is_simulation);
}

TEST_F(Confidential, ContainersDoNotEnterAPodThatIsNot) {
    PodSpec pod;
    pod.name = "web";
    ASSERT_TRUE(run(create_pod(node(), pod)));
    auto spec = make_spec();
    spec.pod = "web";
    EXPECT_THAT(refusal(spec).message, HasSubstr("its pod 'web' is a VM of runtime 'vm'"));
}

TEST_F(Confidential, AMeasurementThatCannotBeForetoldStopsNothing) {
    node().settings.measured = {.firmware = "/nowhere/at/all", .cpu_model = "EPYC-v4"};
    const auto id = create(make_spec());
    ASSERT_TRUE(run(start_container(node(), id.str())));
    EXPECT_EQ(inspect_container(node(), id.str())->sandbox.confidential.measurement, "");
}

} // namespace
} // namespace redoubt::node::sandbox
