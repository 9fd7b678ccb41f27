// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
/// With the kernel: run in a network namespace of its own, see CMakeLists.txt. The calls go the whole way,
/// from a client's message.
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>

#include "common/async/task_scope.hpp"
#include "common/base/file.hpp"
#include "common/ttrpc/client.hpp"
#include "guest-image/agent/network/guest_network.hpp"
#include "guest-image/agent/rpc/agent_service.hpp"
#include "guest-image/agent/rpc/network_service.hpp"

namespace redoubt::guest {
namespace {

using namespace std::chrono_literals;

constexpr const char* k_service = "grpc.AgentService";
constexpr const char* k_mac = "02:00:00:00:00:0a";
constexpr const char* k_other_mac = "02:00:00:00:00:0b";

/// What a shell prints, errors included.
std::string output_of(const std::string& command) {
    const auto file = std::filesystem::path(testing::TempDir()) / "guest-network-output";
    std::array<std::string, 3> words{"sh", "-c", "{ " + command + "; } >" + file.native() + " 2>&1"};
    std::array<char*, 4> arguments{words[0].data(), words[1].data(), words[2].data(), nullptr};
    pid_t child = -1;
    if (::posix_spawn(&child, "/bin/sh", nullptr, nullptr, arguments.data(), environ) != 0) return "no shell";
    int status = 0;
    ::waitpid(child, &status, 0);
    return read_file(file).value_or("");
}

class GuestNetwork : public testing::Test {
  protected:
    GuestNetwork() : scope_(io_.get_executor()) {
        output_of("ip link set lo up; ip link del v0; ip link add v0 address " + std::string(k_mac) +
                  " type veth peer name v1 address " + k_other_mac);
        rpc::add_network_calls(server_, 100ms);
        asio::local::stream_protocol::socket near(io_);
        asio::local::stream_protocol::socket far(io_);
        asio::local::connect_pair(near, far);
        scope_.spawn(server_.serve(ttrpc::make_socket_stream(std::move(far))));
        client_.emplace(io_.get_executor(), ttrpc::make_socket_stream(std::move(near)));
    }
    ~GuestNetwork() override {
        client_.reset();
        scope_.cancel();
        asio::co_spawn(io_, scope_.join(), [](const std::exception_ptr&) {});
        io_.restart();
        io_.run();
        output_of("ip link del v0; ip link del eth0; ip link del eth1");
    }
    GuestNetwork(const GuestNetwork&) = delete;
    GuestNetwork& operator=(const GuestNetwork&) = delete;

    template <class Response, class Request>
    Result<Response> call(const char* method, Request request) {
        std::optional<Result<Response>> outcome;
        asio::co_spawn(io_, client_->call_message<Response>(k_service, method, std::move(request), 60s),
                       [&](const std::exception_ptr& error, Result<Response> result) {
                           if (error) std::rethrow_exception(error);
                           outcome = std::move(result);
                       });
        io_.restart();
        while (!outcome) io_.run_one();
        return std::move(*outcome);
    }

    static types::Interface interface(const std::string& name, const std::string& mac) {
        types::Interface out;
        out.set_name(name);
        out.set_device(name);
        out.set_hwaddr(mac);
        out.set_mtu(1400);
        return out;
    }
    static void add(types::Interface& to, const std::string& address, const std::string& mask) {
        auto& added = *to.add_ipaddresses();
        added.set_family(address.contains(':') ? types::v6 : types::v4);
        added.set_address(address);
        added.set_mask(mask);
    }
    static void add(grpc::UpdateRoutesRequest& to, const std::string& destination, const std::string& gateway,
                    const std::string& device = "eth0") {
        auto& route = *to.mutable_routes()->add_routes();
        route.set_dest(destination);
        route.set_gateway(gateway);
        route.set_device(device);
        if ((destination + gateway).contains(':')) route.set_family(types::v6);
        if (gateway.empty() && !destination.contains(':')) route.set_scope(253);
    }
    Result<types::Interface> update(const types::Interface& wanted) {
        grpc::UpdateInterfaceRequest request;
        *request.mutable_interface() = wanted;
        return call<types::Interface>("UpdateInterface", std::move(request));
    }
    /// eth0 with an address of each family; the peer is up, so that routes are usable.
    void make_eth0() {
        output_of("ip link set v1 up");
        auto wanted = interface("eth0", k_mac);
        add(wanted, "10.0.0.2", "24");
        add(wanted, "fd00::2", "64");
        const auto updated = update(wanted);
        ASSERT_TRUE(updated) << updated.error().message;
    }

    asio::io_context io_;
    TaskScope scope_;
    ttrpc::Server server_;
    std::optional<ttrpc::Client> client_;
};

TEST_F(GuestNetwork, AnInterfaceIsFoundByItsMacAndMadeAsWished) {
    make_eth0();
    const auto shown = output_of("ip addr show dev eth0");
    EXPECT_TRUE(shown.contains("mtu 1400") && shown.contains(",UP")) << shown;
    EXPECT_TRUE(shown.contains("inet 10.0.0.2/24")) << shown;
    const auto address = shown.find("inet6 fd00::2/64"); // the link's own address may still be tentative
    ASSERT_NE(address, std::string::npos) << shown;
    EXPECT_FALSE(shown.substr(address, shown.find('\n', address) - address).contains("tentative")) << shown;
}

TEST_F(GuestNetwork, ASecondUpdateReplacesTheAddresses) {
    make_eth0();
    auto wanted = interface("eth0", "02:00:00:00:00:0A"); // letters of any case
    add(wanted, "10.0.1.2", "24");
    ASSERT_TRUE(update(wanted));
    const auto shown = output_of("ip addr show dev eth0");
    EXPECT_TRUE(shown.contains("inet 10.0.1.2/24") && !shown.contains("10.0.0.2")) << shown;
    EXPECT_FALSE(shown.contains("fd00::2")) << shown;
}

TEST_F(GuestNetwork, NoNeighbourBecomesARouterByAdvertisingItself) {
    make_eth0();
    EXPECT_EQ(output_of("cat /proc/sys/net/ipv6/conf/eth0/accept_ra"), "0\n");
}

TEST_F(GuestNetwork, InterfacesMaySwapTheirNames) {
    ASSERT_TRUE(update(interface("v1", k_mac)));
    EXPECT_TRUE(output_of("ip link show dev v1").contains(k_mac));
    EXPECT_TRUE(output_of("ip link show dev v0").contains(k_other_mac));
}

TEST_F(GuestNetwork, AClonesInterfaceGetsAMacOfItsOwn) {
    ASSERT_TRUE(network::change_mac(k_mac, "02:00:00:00:00:AB"));
    const auto known = call<grpc::Interfaces>("ListInterfaces", grpc::ListInterfacesRequest());
    ASSERT_TRUE(known) << known.error().message;
    EXPECT_TRUE(std::ranges::any_of(known->interfaces(), [](const auto& interface) {
        return interface.name() == "v0" && interface.hwaddr() == "02:00:00:00:00:ab";
    }));
    EXPECT_EQ(network::change_mac(k_mac, "02:00:00:00:00:01").error(),
              (Error{Code::not_found, "no interface has the MAC address 02:00:00:00:00:0a"}));
    for (const auto* wrong : {"", "02:00:00:00:00", "02:00:00:00:00:1", "02-00-00-00-00-01",
                              "02:00:00:00:00:0g", "02:00:00:00:00:01:02"}) {
        const auto refused = network::change_mac(k_other_mac, wrong);
        ASSERT_FALSE(refused) << wrong;
        EXPECT_EQ(refused.error().code, Code::invalid_argument) << wrong;
    }
}

TEST_F(GuestNetwork, ARehearsalLeavesNothingOfItsAddressesAndRoutes) {
    // Of the link its short form: its queue, which is made when it goes up for the first time, stays.
    const auto* const all = "ip -br link show v0; ip -o addr show dev v0; ip route; ip -6 route";
    const auto before = output_of(all);
    for (int i = 0; i < 2; ++i) {
        const auto rehearsed = network::rehearse(k_mac);
        ASSERT_TRUE(rehearsed) << rehearsed.error().message;
        EXPECT_EQ(output_of(all), before);
    }
    EXPECT_EQ(network::rehearse("02:00:00:00:00:99").error().code, Code::not_found);
}

TEST_F(GuestNetwork, WhatCannotBeIsRefusedInWords) {
    const auto refusal = [this](const types::Interface& wanted) { return update(wanted).error(); };
    EXPECT_EQ(refusal(interface("eth0", "02:00:00:00:00:ff")).code, Code::not_found);
    EXPECT_EQ(refusal(interface("eth0", "02:00:00:00:00:ff")).message,
              "no interface has the MAC address 02:00:00:00:00:ff");
    EXPECT_EQ(refusal(interface("eth0", "")).code, Code::invalid_argument);
    EXPECT_EQ(refusal(interface("a/b", k_mac)).message, "'a/b' cannot be an interface's name");
    auto wrong = interface("eth0", k_mac);
    add(wrong, "10.0.0.2", "255.255.255.0");
    EXPECT_EQ(refusal(wrong).message, "address 10.0.0.2: '255.255.255.0' is not the length of a prefix");
    auto absurd = interface("eth0", k_mac);
    add(absurd, "10.0.0.2", "33");
    EXPECT_EQ(refusal(absurd).code, Code::invalid_argument);
    EXPECT_EQ(call<types::Interface>("UpdateInterface", grpc::UpdateInterfaceRequest()).error().message,
              "interface: it is missing");
}

TEST_F(GuestNetwork, RoutesAreReplacedAndThoseWithoutGatewayComeFirst) {
    make_eth0();
    output_of("ip route add 198.51.100.0/24 via 10.0.0.1");
    grpc::UpdateRoutesRequest request;
    add(request, "", "192.0.2.1"); // reachable only by the next one
    add(request, "192.0.2.1/32", "");
    add(request, "", "fd00::1");
    const auto routes = call<grpc::Routes>("UpdateRoutes", request);
    ASSERT_TRUE(routes) << routes.error().message;
    const auto shown = output_of("ip route; ip -6 route");
    EXPECT_TRUE(shown.contains("default via 192.0.2.1 dev eth0")) << shown;
    EXPECT_TRUE(shown.contains("192.0.2.1 dev eth0 scope link")) << shown;
    EXPECT_TRUE(shown.contains("default via fd00::1 dev eth0")) << shown;
    EXPECT_FALSE(shown.contains("198.51.100.0")) << shown;
    EXPECT_TRUE(shown.contains("10.0.0.0/24 dev eth0 proto kernel")) << "the kernel's own stay: " << shown;
    EXPECT_EQ(call<grpc::Routes>("ListRoutes", grpc::ListRoutesRequest())->SerializeAsString(),
              routes->SerializeAsString());
    ASSERT_TRUE(call<grpc::Routes>("UpdateRoutes", request)) << "again";
}

TEST_F(GuestNetwork, ARouteThatCannotBeLeavesThoseThatWere) {
    make_eth0();
    grpc::UpdateRoutesRequest good;
    add(good, "", "10.0.0.1");
    ASSERT_TRUE(call<grpc::Routes>("UpdateRoutes", good));
    grpc::UpdateRoutesRequest bad;
    add(bad, "203.0.113.0/24", "10.0.0.9");
    add(bad, "", "172.16.0.1");
    const auto refused = call<grpc::Routes>("UpdateRoutes", bad);
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().message.starts_with("add the route to everywhere by 172.16.0.1: kernel"))
        << refused.error().message;
    const auto shown = output_of("ip route");
    EXPECT_TRUE(shown.contains("default via 10.0.0.1")) << shown;
    EXPECT_FALSE(shown.contains("203.0.113.0")) << shown;
    grpc::UpdateRoutesRequest unknown;
    add(unknown, "", "10.0.0.1", "eth7");
    EXPECT_EQ(call<grpc::Routes>("UpdateRoutes", unknown).error().code, Code::not_found);
    EXPECT_TRUE(output_of("ip route").contains("default via 10.0.0.1"));
}

TEST_F(GuestNetwork, InterfacesAreListedWithTheirAddresses) {
    make_eth0();
    const auto listed = call<grpc::Interfaces>("ListInterfaces", grpc::ListInterfacesRequest());
    ASSERT_TRUE(listed);
    ASSERT_EQ(listed->interfaces_size(), 2) << "no loopback";
    for (const auto& shown : listed->interfaces()) {
        if (shown.name() != "eth0") continue;
        EXPECT_EQ(shown.hwaddr(), k_mac);
        EXPECT_EQ(shown.mtu(), 1400U);
        EXPECT_EQ(shown.type(), "veth");
        EXPECT_EQ(shown.ipaddresses(0).address(), "10.0.0.2");
        EXPECT_EQ(shown.ipaddresses(0).mask(), "24");
        return;
    }
    FAIL() << "eth0 is not listed";
}

TEST_F(GuestNetwork, ANeighbourIsKnownForGood) {
    make_eth0();
    grpc::AddARPNeighborsRequest request;
    auto& neighbor = *request.mutable_neighbors()->add_arpneighbors();
    neighbor.set_device("eth0");
    neighbor.set_lladdr("02:00:00:00:00:0c");
    EXPECT_EQ(call<grpc::Routes>("AddARPNeighbors", request).error().code, Code::invalid_argument);
    neighbor.mutable_toipaddress()->set_address("10.0.0.3");
    ASSERT_TRUE(call<grpc::Routes>("AddARPNeighbors", request));
    EXPECT_TRUE(output_of("ip neigh").contains("10.0.0.3 dev eth0 lladdr 02:00:00:00:00:0c PERMANENT"));
    neighbor.set_device("eth7");
    EXPECT_EQ(call<grpc::Routes>("AddARPNeighbors", request).error().code, Code::not_found);
}

TEST_F(GuestNetwork, IptablesAreRefusedInWords) {
    const auto refused = call<grpc::GetIPTablesResponse>("GetIPTables", grpc::GetIPTablesRequest());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::unimplemented);
    EXPECT_TRUE(refused.error().message.contains("no iptables"));
}

} // namespace
} // namespace redoubt::guest
