// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "node-daemon/sandbox/pod.hpp"
#include "node-daemon/sandbox/pod_json.hpp"
#include "node-daemon/storage/volume_store.hpp"
#include "tests/support/node_fixture.hpp"

namespace redoubt::node::sandbox {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::NodeTest;
using namespace std::chrono_literals;

constexpr std::uint64_t k_size = 32U << 20U;

class Pods : public NodeTest {
  protected:
    void SetUp() override {
        NodeTest::SetUp();
        network.names = {"redoubt", "back"};
        node().settings.default_volume_bytes = k_size;
    }
    void restart() {
        stop_daemon();
        start_daemon();
        ASSERT_TRUE(run(recover_after_restart(node())));
    }
    PodId make_pod(PodSpec spec = {}) {
        if (spec.name.empty()) spec.name = "web";
        return run(create_pod(node(), std::move(spec))).value();
    }
    ContainerId add(const std::string& name, ContainerSpec spec = {}) {
        spec.pod = "web";
        spec.name = "web-" + name;
        return create(std::move(spec));
    }
    ContainerSpec always() {
        ContainerSpec spec;
        spec.restart.kind = RestartPolicy::Kind::always;
        return spec;
    }
    PodState state() { return inspect_pod(node(), "web")->summary.state; }
    bool is_running(const ContainerId& id) { return container(id).state == ContainerState::running; }
    void expect_nothing_left() {
        expect_no_sandbox_left();
        EXPECT_TRUE(std::ranges::none_of(ledger(), [](const auto& entry) { return entry.kind == "volume"; }));
    }
};

TEST_F(Pods, ContainersShareOneVmAndItsNetwork) {
    PodSpec spec;
    spec.ports = {{.host_port = 8080, .container_port = 80, .protocol = "tcp"}};
    make_pod(std::move(spec));
    const auto one = add("one");
    const auto two = add("two");
    EXPECT_EQ(state(), PodState::created);
    const auto started = run(start_pod(node(), "web"));
    ASSERT_TRUE(started) << started.error().message;
    EXPECT_TRUE(is_running(one) && is_running(two));
    EXPECT_EQ(state(), PodState::running);
    EXPECT_EQ(hypervisor.alive(), 1);
    ASSERT_EQ(network.attached.size(), 1U);
    const auto& attached = network.attached.begin()->second;
    ASSERT_EQ(attached.size(), 1U);
    EXPECT_EQ(attached[0].ports.size(), 1U);
    EXPECT_THAT(attached[0].names, ElementsAre("web", "web-one", "web-two"));
    const auto& disks = hypervisor.only_guest().disks;
    ASSERT_EQ(disks.size(), 2U);
    EXPECT_NE(disks[0].target, disks[1].target);
    EXPECT_NE(disks[0].id, disks[1].id);
    EXPECT_EQ(inspect_container(node(), one.str())->sandbox.id,
              inspect_container(node(), two.str())->sandbox.id);
    ASSERT_TRUE(run(stop_pod(node(), "web", std::chrono::seconds(0))));
    EXPECT_EQ(state(), PodState::exited);
    expect_nothing_left();
}

TEST_F(Pods, TheVmGoesWithTheLastContainer) {
    make_pod();
    const auto one = add("one");
    const auto two = add("two");
    ASSERT_TRUE(run(start_pod(node(), "web")));
    auto& guest = hypervisor.only_guest();
    guest.exit_container(one.str(), 0);
    EXPECT_EQ(run(wait_container(node(), one.str())), 0);
    EXPECT_EQ(hypervisor.alive(), 1);
    EXPECT_EQ(guest.disks.size(), 1U);
    EXPECT_TRUE(is_running(two));
    guest.exit_container(two.str(), 3);
    EXPECT_EQ(run(wait_container(node(), two.str())), 3);
    run_until([this] { return hypervisor.alive() == 0 && sandbox_rows().empty() && network.is_empty(); });
    EXPECT_EQ(state(), PodState::exited);
    run_until([this] { return !has_vm_folders() && ledger().size() == 2; });
}

TEST_F(Pods, AContainerThatIsRestartedFindsTheSameVm) {
    make_pod();
    const auto one = add("one", always());
    ASSERT_TRUE(run(start_pod(node(), "web")));
    auto& guest = hypervisor.only_guest();
    guest.exit_container(one.str(), 1);
    run_until([&] { return container(one).record.restart_count == 1 && is_running(one); });
    EXPECT_EQ(hypervisor.guests.size(), 1U);
    EXPECT_EQ(guest.disks.size(), 1U);
    ASSERT_TRUE(run(remove_pod(node(), "web", RemoveMode::force)));
    EXPECT_TRUE(node().containers.empty());
    EXPECT_TRUE(node().pods.empty());
    expect_nothing_left();
    EXPECT_TRUE(ledger().empty());
}

TEST_F(Pods, InitContainersRunFirstAndToTheirEnd) {
    make_pod();
    ContainerSpec first;
    first.is_init = true;
    const auto init = add("init", first);
    const auto main = add("main");
    auto task = start_pod(node(), "web");
    std::optional<Status> outcome;
    asio::co_spawn(context, std::move(task),
                   [&](const std::exception_ptr&, Status status) { outcome = status; });
    run_until([&] { return is_running(init); });
    EXPECT_EQ(container(main).state, ContainerState::created);
    hypervisor.only_guest().exit_container(init.str(), 0);
    run_until([&] { return outcome.has_value(); });
    ASSERT_TRUE(*outcome) << outcome->error().message;
    EXPECT_TRUE(is_running(main));
    EXPECT_EQ(hypervisor.guests.size(), 1U);
    ASSERT_TRUE(run(stop_pod(node(), "web", std::chrono::seconds(0))));
    expect_nothing_left();
}

TEST_F(Pods, AFailedInitContainerEndsThePod) {
    PodSpec spec;
    spec.restart = RestartPolicy::Kind::no;
    make_pod(std::move(spec));
    ContainerSpec first;
    first.is_init = true;
    const auto init = add("init", first);
    const auto main = add("main");
    std::optional<Status> outcome;
    asio::co_spawn(context, start_pod(node(), "web"),
                   [&](const std::exception_ptr&, Status status) { outcome = status; });
    run_until([&] { return is_running(init); });
    hypervisor.only_guest().exit_container(init.str(), 7);
    run_until([&] { return outcome.has_value(); });
    ASSERT_FALSE(*outcome);
    EXPECT_THAT(outcome->error().message, HasSubstr("init container 'web-init' ended with 7"));
    EXPECT_EQ(container(main).state, ContainerState::created);
    expect_nothing_left();
}

TEST_F(Pods, NothingIsLeftOfAStartThatFails) {
    make_pod();
    const auto one = add("one");
    for (const std::string fault :
         {"launch", "connect", "create_sandbox", "make_tap", "create_container", "start_container"}) {
        faults.failing = {fault};
        EXPECT_FALSE(run(start_pod(node(), "web"))) << fault;
        faults.failing.clear();
        EXPECT_NE(container(one).state, ContainerState::running);
        expect_nothing_left();
    }
    ASSERT_TRUE(run(start_pod(node(), "web")));
    ASSERT_TRUE(run(stop_pod(node(), "web", std::chrono::seconds(0))));
}

TEST_F(Pods, TheEndOfTheVmIsTheEndOfAll) {
    make_pod();
    const auto one = add("one");
    const auto two = add("two");
    ASSERT_TRUE(run(start_pod(node(), "web")));
    hypervisor.only_guest().die("power cut");
    EXPECT_EQ(run(wait_container(node(), one.str())), 137);
    EXPECT_EQ(run(wait_container(node(), two.str())), 137);
    EXPECT_THAT(container(one).record.reason, HasSubstr("vm died: power cut"));
    run_until([this] { return sandbox_rows().empty() && network.is_empty() && !has_vm_folders(); });
    ASSERT_TRUE(run(start_pod(node(), "web")));
    EXPECT_EQ(hypervisor.alive(), 1);
    ASSERT_TRUE(run(stop_pod(node(), "web", std::chrono::seconds(0))));
}

TEST_F(Pods, RunOnWhenTheDaemonIsRestarted) {
    PodSpec spec;
    spec.volumes = {{.name = "scratch", .kind = launch::PodVolumeKind::disk}};
    make_pod(std::move(spec));
    const auto one = add("one");
    const auto two = add("two");
    ASSERT_TRUE(run(start_pod(node(), "web")));
    restart();
    ASSERT_TRUE(is_running(one) && is_running(two));
    EXPECT_EQ(state(), PodState::running);
    EXPECT_EQ(hypervisor.alive(), 1);
    hypervisor.only_guest().exit_container(one.str(), 5);
    EXPECT_EQ(run(wait_container(node(), one.str())), 5);
    const auto three = add("three");
    ASSERT_TRUE(run(start_container(node(), three.str())));
    EXPECT_EQ(hypervisor.guests.size(), 1U);
    ASSERT_TRUE(run(remove_pod(node(), "web", RemoveMode::force)));
    expect_nothing_left();
}

TEST_F(Pods, AVmThatIsGoneAfterARestartIsBuried) {
    make_pod();
    const auto one = add("one");
    ASSERT_TRUE(run(start_pod(node(), "web")));
    ASSERT_TRUE(run(kill_container(node(), one.str(), "TERM")));
    stop_daemon();
    hypervisor.only_guest().die("power cut");
    start_daemon();
    ASSERT_TRUE(run(recover_after_restart(node())));
    EXPECT_EQ(container(one).record.exit_code, 137);
    expect_no_sandbox_left();
}

TEST_F(Pods, HaveVolumesOfTheirOwn) {
    PodSpec spec;
    spec.volumes = {{.name = "cache", .kind = launch::PodVolumeKind::memory, .size_bytes = 1U << 20U},
                    {.name = "scratch", .kind = launch::PodVolumeKind::disk},
                    {.name = "conf",
                     .kind = launch::PodVolumeKind::files,
                     .files = {{.path = "a.conf", .mode = 0600, .bytes = "x"}}}};
    make_pod(std::move(spec));
    ContainerSpec mounted;
    mounted.mounts = {
        {.kind = launch::MountKind::pod, .source = "cache", .target = "/cache"},
        {.kind = launch::MountKind::pod, .source = "conf", .target = "/etc/conf", .read_only = true}};
    add("one", mounted);
    ASSERT_TRUE(run(start_pod(node(), "web")));
    const auto& guest = hypervisor.only_guest();
    ASSERT_EQ(guest.shared_storages.size(), 2U);
    EXPECT_EQ(guest.shared_storages[0].fstype, "tmpfs");
    EXPECT_EQ(guest.shared_storages[1].fstype, "ext4");
    ASSERT_TRUE(guest.documents.contains("conf"));
    EXPECT_EQ(guest.documents.at("conf")[0].bytes, "x");
    const auto find = [&guest](const std::string& place) {
        return std::ranges::find(guest.mounts, place, &oci::Mount::destination)->source;
    };
    EXPECT_EQ(find("/cache"), "/run/kata-containers/sandbox/volumes/cache");
    EXPECT_EQ(find("/etc/conf"), "/run/kata-containers/sandbox/config/conf");
    ASSERT_TRUE(run(stop_pod(node(), "web", std::chrono::seconds(0))));
    expect_nothing_left();
}

/// The VM of one that does not obey is ended when what the others wrote has come to their disks.
TEST_F(Pods, NobodyEndsTheVmWhileAContainerOfItUnmounts) {
    make_pod();
    const auto on_volume = [](std::string name) {
        ContainerSpec spec;
        spec.mounts = {{.kind = launch::MountKind::volume, .source = std::move(name), .target = "/data"}};
        return spec;
    };
    const auto first = add("first", on_volume("one"));
    const auto second = add("second", on_volume("two"));
    const auto stubborn = add("stubborn");
    ASSERT_TRUE(run(start_pod(node(), "web")));
    const auto guest = hypervisor.guests.at(container(first).sandbox->id.str());
    guest->unmount_time = 6s; // longer than anybody waits for the stubborn one
    guest->exit_container(first.str(), 0);
    run_until([&] { return guest->removing.contains(first.str()); });
    guest->unmount_time = 20ms;
    faults.hanging = {"signal_process"};
    EXPECT_TRUE(run(remove_container(node(), stubborn.str(), RemoveMode::force)));
    faults.hanging.clear();
    EXPECT_FALSE(guest->is_alive);
    EXPECT_EQ(guest->unmounted, (std::set{first.str(), second.str()})) << "the VM was ended before";
    for (const auto& id : {first, second}) EXPECT_TRUE(run(wait_container(node(), id.str())));
    ASSERT_TRUE(run(remove_pod(node(), "web", RemoveMode::force)));
    EXPECT_TRUE(run(prune_volumes(node(), {})));
    expect_nothing_left();
}

/// An agent that answers with an error is no reason to end what else runs there.
TEST_F(Pods, AContainerThatCannotBeSignalledIsRemovedAlone) {
    make_pod();
    const auto one = add("one");
    const auto two = add("two");
    ASSERT_TRUE(run(start_pod(node(), "web")));
    faults.failing = {"signal_process"};
    EXPECT_TRUE(run(stop_container(node(), one.str(), 0s)));
    faults.failing.clear();
    EXPECT_EQ(container(one).state, ContainerState::exited);
    EXPECT_TRUE(is_running(two));
    ASSERT_TRUE(run(remove_pod(node(), "web", RemoveMode::force)));
    expect_nothing_left();
}

TEST_F(Pods, AFailingLivenessProbeRestartsTheContainer) {
    make_pod();
    auto spec = always();
    spec.stop_seconds = 1;
    spec.probes = {{.purpose = Probe::Purpose::liveness,
                    .kind = Probe::Kind::exec,
                    .command = {"check"},
                    .period = std::chrono::seconds(1),
                    .failure_threshold = 1}};
    const auto one = add("one", spec);
    const auto two = add("two");
    ASSERT_TRUE(run(start_pod(node(), "web")));
    hypervisor.only_guest().exec_exit_code = 1;
    run_until([&] { return container(one).record.restart_count >= 1; });
    hypervisor.only_guest().exec_exit_code = 0;
    run_until([&] { return is_running(one); });
    EXPECT_TRUE(is_running(two));
    EXPECT_EQ(hypervisor.guests.size(), 1U);
    ASSERT_TRUE(run(stop_pod(node(), "web", std::chrono::seconds(0))));
    expect_nothing_left();
}

TEST_F(Pods, SayWhatTheyCannotBe) {
    make_pod();
    const auto refuse_pod = [this](PodSpec spec) { return run(create_pod(node(), std::move(spec))).error(); };
    EXPECT_EQ(refuse_pod({.name = "web"}).code, Code::already_exists);
    EXPECT_THAT(refuse_pod({.name = "b", .networks = {"nowhere"}}).message,
                HasSubstr("no network 'nowhere'"));
    EXPECT_THAT(refuse_pod({.name = "b",
                            .volumes = {{.name = "v",
                                         .kind = launch::PodVolumeKind::files,
                                         .files = {{.path = "../x", .bytes = ""}}}}})
                    .message,
                HasSubstr("'../x' is not a relative path"));
    ContainerSpec spec;
    spec.image = "test";
    spec.pod = "nobody";
    EXPECT_THAT(run(create_container(node(), spec)).error().message, HasSubstr("no pod 'nobody'"));
    spec.pod = "web";
    spec.networks = {"back"};
    EXPECT_THAT(run(create_container(node(), spec)).error().message, HasSubstr("those of its pod"));
    spec.level = launch::IsolationLevel::gvisor;
    const auto below = run(create_container(node(), spec)).error();
    EXPECT_EQ(below.code, Code::unimplemented);
    EXPECT_THAT(below.message, HasSubstr("runtime 'gvisor' is not implemented for containers of a pod"));
    EXPECT_EQ(run(start_pod(node(), "web")).error().code, Code::failed_precondition);
    EXPECT_EQ(run(start_pod(node(), "none")).error().code, Code::not_found);
    add("one");
    ASSERT_TRUE(run(start_pod(node(), "web")));
    EXPECT_EQ(run(remove_pod(node(), "web", RemoveMode::only_stopped)).error().code,
              Code::failed_precondition);
    ASSERT_TRUE(run(remove_pod(node(), "web", RemoveMode::force)));
}

TEST(PodSpec, SurvivesTheStore) {
    PodSpec spec{.name = "web",
                 .hostname = "web",
                 .networks = {"redoubt"},
                 .ports = {{.host_port = 1, .container_port = 2, .protocol = "udp"}},
                 .labels = {{"a", "b"}},
                 .annotations = {{"c", "d"}},
                 .volumes = {{.name = "v",
                              .kind = launch::PodVolumeKind::files,
                              .files = {{.path = "x/y", .mode = 0400, .bytes = std::string("\0\xff", 2)}}}},
                 .grace = std::chrono::seconds(3),
                 .restart = RestartPolicy::Kind::on_failure};
    const auto parsed = parse_pod_spec(render_pod_spec(spec));
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(render_pod_spec(*parsed), render_pod_spec(spec));
    EXPECT_EQ(parsed->volumes, spec.volumes);
}

} // namespace
} // namespace redoubt::node::sandbox
