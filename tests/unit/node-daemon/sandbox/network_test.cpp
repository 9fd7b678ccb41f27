// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <gtest/gtest.h>

#include "tests/support/node_fixture.hpp"

namespace redoubt::node::sandbox {
namespace {

using testing_support::NodeTest;
using namespace std::chrono_literals;

class SandboxNetwork : public NodeTest {
  protected:
    void SetUp() override {
        NodeTest::SetUp();
        network.names = {"redoubt", "lan"};
    }
    ContainerId start_one(ContainerSpec spec = {}) {
        auto id = create(std::move(spec));
        const auto started = run(start_container(node(), id.str()));
        EXPECT_TRUE(started) << started.error().message;
        return id;
    }
    void restart() {
        stop_daemon();
        start_daemon();
        ASSERT_TRUE(run(recover_after_restart(node())));
    }
    Error refusal(ContainerSpec spec) {
        spec.image = "test";
        const auto created = run(create_container(node(), spec));
        return created ? Error{} : created.error();
    }
    static launch::PortMapping port(std::uint16_t host) {
        return {.host_ip = {}, .host_port = host, .container_port = 80, .protocol = "tcp"};
    }
    std::set<std::string> ledger_kinds() {
        std::set<std::string> kinds;
        for (const auto& entry : ledger()) kinds.insert(entry.kind);
        return kinds;
    }
};

TEST_F(SandboxNetwork, ReachesVmAndGuest) {
    ContainerSpec spec;
    spec.cpus = 2;
    spec.ports = {port(8080)};
    const auto id = start_one(spec);
    const auto& guest = hypervisor.only_guest();
    ASSERT_EQ(guest.devices.size(), 1U);
    EXPECT_EQ(guest.devices[0].id, "net0");
    EXPECT_EQ(guest.devices[0].mac, "02:00:00:00:00:01");
    EXPECT_EQ(guest.devices[0].mtu, 1400U);
    EXPECT_EQ(guest.devices[0].tap_queues.size(), 2U) << "one a processor";
    ASSERT_EQ(guest.interfaces.size(), 1U);
    EXPECT_EQ(guest.interfaces[0].name, "eth0");
    EXPECT_EQ(guest.routes.size(), 1U);
    EXPECT_EQ(guest.dns, std::vector<std::string>{"nameserver 192.0.2.1"});
    ASSERT_EQ(network.attached.size(), 1U);
    const auto& request = network.attached.begin()->second.at(0);
    EXPECT_EQ(request.network, "redoubt");
    EXPECT_EQ(request.ports, spec.ports);
    const auto info = inspect_container(node(), id.str())->sandbox;
    ASSERT_EQ(info.interfaces.size(), 1U);
    EXPECT_EQ(info.interfaces[0].addresses, std::vector<std::string>{"192.0.2.7/24"});
    EXPECT_EQ(ledger_kinds(), (std::set<std::string>{"container-directory", "network-attachment",
                                                     "network-namespace", "runtime-directory", "vm"}));
    hypervisor.only_guest().exit_init(0);
    EXPECT_EQ(run(wait_container(node(), id.str())), 0);
    expect_no_sandbox_left();
}

TEST_F(SandboxNetwork, SeveralNetworksAreSeveralInterfacesWithOneDefaultRoute) {
    ContainerSpec spec;
    spec.networks = {"lan", "redoubt"};
    spec.ports = {port(1)};
    start_one(spec);
    const auto& guest = hypervisor.only_guest();
    ASSERT_EQ(guest.interfaces.size(), 2U);
    EXPECT_EQ(guest.interfaces[1].name, "eth1");
    ASSERT_EQ(guest.routes.size(), 1U);
    EXPECT_EQ(guest.routes[0].device, "eth0");
    const auto& requests = network.attached.begin()->second;
    EXPECT_EQ(requests[0].network, "lan");
    EXPECT_EQ(requests[0].ports.size(), 1U);
    EXPECT_TRUE(requests[1].ports.empty()) << "a port leads to one place";
}

TEST_F(SandboxNetwork, NoneMeansNone) {
    ContainerSpec spec;
    spec.networks = {"none"};
    start_one(spec);
    EXPECT_TRUE(network.is_empty());
    EXPECT_TRUE(hypervisor.only_guest().devices.empty());
    EXPECT_TRUE(hypervisor.only_guest().interfaces.empty());
    EXPECT_EQ(ledger().size(), 3U);
}

TEST_F(SandboxNetwork, WhereNoneCanBeUsedTheDefaultIsNoneAndAWishIsRefused) {
    network.names.clear();
    const auto id = start_one();
    EXPECT_EQ(container(id).spec.networks, std::vector<std::string>{"none"});
    ContainerSpec spec;
    spec.networks = {"lan"};
    EXPECT_EQ(refusal(spec).message, "no network can be used: no plugins on this host");
    spec.networks.clear();
    spec.ports = {port(80)};
    EXPECT_EQ(refusal(spec).code, Code::failed_precondition);
}

TEST_F(SandboxNetwork, WishesThatCannotBeAreRefusedBeforeAnythingIsMade) {
    const auto with = [this](std::vector<std::string> networks, std::vector<launch::PortMapping> ports) {
        ContainerSpec spec;
        spec.networks = std::move(networks);
        spec.ports = std::move(ports);
        return refusal(spec).message;
    };
    EXPECT_EQ(with({"wan"}, {}), "no network 'wan': this node has redoubt, lan");
    network.problems = {"half.conflist: is cut short"};
    EXPECT_EQ(with({"half"}, {}),
              "no network 'half': this node has redoubt, lan; cannot be used: half.conflist: is cut short");
    EXPECT_EQ(with({"none", "lan"}, {}), "network 'none' goes with no other");
    EXPECT_EQ(with({"lan", "lan"}, {}), "network 'lan' is named twice");
    EXPECT_EQ(with({"none"}, {port(80)}), "ports cannot be mapped without a network");
    EXPECT_EQ(with({}, {port(0)}), "port 0:80: a port is 1 to 65535");
    EXPECT_EQ(with({}, {port(80), port(80)}), "port 80/tcp is mapped twice");
    EXPECT_EQ(with({}, {{.host_ip = "x", .host_port = 1, .container_port = 1, .protocol = "tcp"}}),
              "port 1: 'x' is not an address of this host");
    EXPECT_EQ(with({}, {{.host_ip = {}, .host_port = 1, .container_port = 1, .protocol = "icmp"}}),
              "port 1: protocol 'icmp' is not tcp, udp or sctp");
    EXPECT_TRUE(node().containers.empty());
}

TEST_F(SandboxNetwork, APortBelongsToOneContainerAtATime) {
    ContainerSpec spec;
    spec.ports = {port(8080)};
    const auto first = start_one(spec);
    spec.ports[0].host_ip = "127.0.0.1";
    const auto second = create(spec);
    const auto refused = run(start_container(node(), second.str()));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::already_exists);
    EXPECT_NE(refused.error().message.find("port 8080/tcp of this host belongs to container"),
              std::string::npos);
    hypervisor.only_guest().exit_init(0);
    EXPECT_TRUE(run(wait_container(node(), first.str())));
    EXPECT_TRUE(run(start_container(node(), second.str())));
}

TEST_F(SandboxNetwork, WhateverStepFailsNothingIsLeft) {
    for (const std::string step : {"make_namespace", "attach", "make_tap", "launch", "connect",
                                   "update_interface", "update_routes", "create_sandbox"}) {
        SCOPED_TRACE(step);
        faults.failing = {step};
        const auto id = create();
        const auto started = run(start_container(node(), id.str()));
        ASSERT_FALSE(started);
        EXPECT_NE(started.error().message.find(step + " failed on purpose"), std::string::npos)
            << started.error().message;
        expect_no_sandbox_left();
        ASSERT_TRUE(run(remove_container(node(), id.str(), RemoveMode::only_stopped)));
        EXPECT_TRUE(ledger().empty());
    }
}

TEST_F(SandboxNetwork, WhatCannotBeTakenAwayStaysInTheLedgerForTheNextDaemon) {
    const auto id = start_one();
    faults.failing = {"detach"};
    hypervisor.only_guest().exit_init(0);
    EXPECT_EQ(run(wait_container(node(), id.str())), 0);
    EXPECT_TRUE(ledger_kinds().contains("network-attachment"));
    EXPECT_FALSE(network.is_empty());
    faults.failing.clear();
    restart();
    expect_no_sandbox_left();
}

TEST_F(SandboxNetwork, OfAVmThatGoesOnStaysAndIsLookedAt) {
    const auto id = start_one();
    restart();
    ASSERT_EQ(container(id).state, ContainerState::running);
    EXPECT_FALSE(network.is_empty());
    run_until([&] { return network.checked.contains(container(id).sandbox->id.str()); });
    EXPECT_EQ(inspect_container(node(), id.str())->sandbox.interfaces.size(), 1U);
    hypervisor.only_guest().exit_init(0);
    EXPECT_EQ(run(wait_container(node(), id.str())), 0);
    expect_no_sandbox_left();
}

TEST_F(SandboxNetwork, OfAVmThatDiedMeanwhileIsTakenAway) {
    start_one();
    stop_daemon();
    hypervisor.only_guest().die("power cut");
    start_daemon();
    ASSERT_TRUE(run(recover_after_restart(node())));
    expect_no_sandbox_left();
}

TEST_F(SandboxNetwork, StraysAreReaped) {
    ASSERT_TRUE(run(node().store.note({"network-namespace", "stray", "gone", 1})));
    ASSERT_TRUE(run(node().store.note({"network-attachment", "stray", "gone", 1})));
    network.namespaces.insert("stray");
    network.attached["stray"];
    network.attached["unheard of"];
    restart();
    EXPECT_TRUE(network.is_empty());
    EXPECT_TRUE(ledger().empty());
}

} // namespace
} // namespace redoubt::node::sandbox
