// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
/// With the kernel and Debian's plugins: run in a network and mount namespace of its own, see CMakeLists.txt.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>

#include <array>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>

#include "common/base/file.hpp"
#include "common/netlink/links.hpp"
#include "node-daemon/network/cni/cni_network.hpp"
#include "node-daemon/network/cni/namespaces.hpp"
#include "node-daemon/network/cni/tap.hpp"

namespace redoubt::node::network::cni {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::size_t k_packet_header = 10; // struct virtio_net_hdr

/// What a shell prints, errors included.
std::string output_of(const std::string& command) {
    const auto output = run_plugin({.program = "/bin/sh",
                                    .environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"},
                                    .input = "exec 2>&1; " + command + "\n"});
    return output ? output->output : output.error().message;
}

std::vector<std::string> link_names() {
    auto socket = netlink::Socket::open(NETLINK_ROUTE).value();
    std::vector<std::string> names;
    const auto links = netlink::links(socket).value();
    for (const auto& link : links) names.push_back(link.name);
    return names;
}

class NetworkKernel : public testing::Test {
  protected:
    void SetUp() override {
        fs::remove_all(folder_);
        fs::create_directories(folder_ / "conflists");
        fs::create_directories("/var/lib/cni");
        ASSERT_EQ(::mount("tmpfs", "/var/lib/cni", "tmpfs", 0, nullptr), 0)
            << "leases of a host that is not this one";
        auto socket = netlink::Socket::open(NETLINK_ROUTE).value();
        ASSERT_TRUE(netlink::set_up(socket, netlink::find_link(socket, "lo")->index));
        start();
    }
    void start() {
        network_.reset();
        CniSettings settings;
        settings.plugins.folders = {"/usr/lib/cni"};
        settings.conflist_folder = folder_ / "conflists";
        settings.own.subnet = "10.99.0.0/24";
        settings.own.subnet6 = "fd99::/64";
        settings.namespace_folder = folder_ / "netns";
        settings.attachment_folder = folder_ / "attachments";
        settings.keep_namespace = [this](const SandboxId& sandbox, int fd) {
            kept_[sandbox.str()].reset(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
        };
        settings.release_namespace = [this](const SandboxId& sandbox) { kept_.erase(sandbox.str()); };
        network_.emplace(std::move(settings));
    }
    void TearDown() override {
        network_.reset();
        ::umount2("/var/lib/cni", MNT_DETACH);
        fs::remove_all(folder_);
    }

    template <class T>
    Result<T> run(Task<T> task) {
        std::optional<Result<T>> out;
        asio::io_context context;
        asio::co_spawn(context, std::move(task), [&](const std::exception_ptr& error, Result<T> value) {
            if (error) std::rethrow_exception(error);
            out = std::move(value);
        });
        context.run();
        return std::move(*out);
    }
    CniNetwork& network() { return *network_; }
    AttachRequest request(const std::string& interface = "eth0") const {
        return {.sandbox = id_, .interface = interface, .network = "redoubt", .ports = {}};
    }
    void expect_nothing_left() {
        EXPECT_EQ(link_names(), std::vector<std::string>{"lo"});
        EXPECT_EQ(output_of("nft list ruleset"), "");
        EXPECT_FALSE(fs::exists(folder_ / "netns"));
        EXPECT_TRUE(!fs::exists(folder_ / "attachments") || fs::is_empty(folder_ / "attachments"));
        if (!fs::exists("/var/lib/cni/networks/redoubt")) return;
        for (const auto& file : fs::directory_iterator("/var/lib/cni/networks/redoubt")) {
            const auto name = file.path().filename().native();
            EXPECT_TRUE(name == "lock" || name.starts_with("last_reserved_ip")) << "a lease: " << name;
        }
    }

    fs::path folder_ = fs::path(testing::TempDir()) / "redoubt-network";
    SandboxId id_{"ab12"};
    std::map<std::string, UniqueFd> kept_; ///< what a service manager would keep
    std::optional<CniNetwork> network_;
};

TEST_F(NetworkKernel, ANamespaceHasItsLoopbackUpAndGoesWithItsName) {
    ASSERT_TRUE(run(network().make_namespace(id_)));
    const auto path = folder_ / "netns" / "ab12";
    const auto loopback =
        run_inside(path, []() -> Result<std::string> { return read_file("/proc/thread-self/net/if_inet6"); });
    ASSERT_TRUE(loopback) << loopback.error().message;
    EXPECT_NE(loopback->find("lo\n"), std::string::npos) << "it has an address, so it is up";
    EXPECT_FALSE(run(network().make_namespace(id_))) << "the name is taken";
    EXPECT_TRUE(run(network().remove_namespace(id_)));
    EXPECT_TRUE(run(network().remove_namespace(id_)));
    expect_nothing_left();
}

TEST_F(NetworkKernel, ANamespaceThatWasKeptGetsItsNameBack) {
    ASSERT_TRUE(run(network().make_namespace(id_)));
    const auto path = folder_ / "netns" / "ab12";
    ASSERT_TRUE(kept_.contains("ab12"));
    struct stat before{};
    ASSERT_EQ(::fstat(kept_.at("ab12").get(), &before), 0);
    // As the end of the daemon's mount namespace does it: the file stays, the mount goes.
    ASSERT_EQ(::umount2(path.c_str(), MNT_DETACH), 0);
    EXPECT_FALSE(enter_namespace(path));
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(network().restore_namespace(id_, kept_.at("ab12").get()));
    struct stat after{};
    ASSERT_EQ(::stat(path.c_str(), &after), 0);
    EXPECT_EQ(before.st_ino, after.st_ino);
    EXPECT_TRUE(run(network().remove_namespace(id_)));
    EXPECT_FALSE(kept_.contains("ab12")) << "nothing keeps it any more";
    expect_nothing_left();
}

/// "Who has 10.99.0.1?" in an Ethernet frame behind a packet header that says nothing.
std::string make_arp_request(const launch::GuestInterface& interface) {
    std::string mac;
    for (std::size_t i = 0; i < 6; ++i)
        mac += static_cast<char>(std::stoi(interface.mac.substr(i * 3, 2), nullptr, 16));
    std::string frame(k_packet_header, '\0');
    frame += std::string(6, '\xff') + mac + std::string("\x08\x06\x00\x01\x08\x00\x06\x04\x00\x01", 10);
    frame +=
        mac + std::string("\x0a\x63\x00\x02", 4) + std::string(6, '\0') + std::string("\x0a\x63\x00\x01", 4);
    return frame;
}

/// Waits for an ARP answer among what the tap gives.
bool receives_arp_answer(const std::vector<UniqueFd>& queues) {
    const auto deadline = Clock::now() + 20s;
    while (Clock::now() < deadline) {
        std::vector<pollfd> ready;
        for (const auto& queue : queues) ready.push_back({queue.get(), POLLIN, 0});
        if (::poll(ready.data(), ready.size(), 200) <= 0) continue;
        for (const auto& one : ready) {
            std::array<char, 2048> frame{};
            if ((one.revents & POLLIN) == 0) continue;
            const auto size = ::read(one.fd, frame.data(), frame.size());
            const std::string_view bytes(frame.data(), size < 0 ? 0 : static_cast<std::size_t>(size));
            if (bytes.size() >= 52 && bytes.substr(22, 2) == "\x08\x06" && bytes[31] == 2) return true;
        }
    }
    return false;
}

TEST_F(NetworkKernel, FramesGoBothWaysBetweenTapAndBridge) {
    for (const std::uint32_t queues : {1U, 3U}) {
        ASSERT_TRUE(run(network().make_namespace(id_)));
        const auto attached = run(network().attach(request()));
        ASSERT_TRUE(attached) << attached.error().message;
        {
            const auto tap = run(network().make_tap({.sandbox = id_, .interface = "eth0", .queues = queues}));
            ASSERT_TRUE(tap) << tap.error().message;
            EXPECT_EQ(tap->queues.size(), queues);
            EXPECT_EQ(tap->interface.name, "eth0");
            EXPECT_EQ(tap->interface.mtu, 1500U);
            ASSERT_EQ(tap->interface.addresses.size(), 2U);
            ASSERT_EQ(tap->routes.size(), 2U) << "a default route of each family";
            EXPECT_EQ(tap->routes[0].destination, "");
            EXPECT_EQ(tap->routes[0].gateway, "10.99.0.1");
            EXPECT_EQ(tap->routes[1].gateway, "fd99::1");
            auto interface = tap->interface;
            const auto frame = make_arp_request(interface);
            ASSERT_EQ(::write(tap->queues[0].get(), frame.data(), frame.size()),
                      static_cast<ssize_t>(frame.size()));
            EXPECT_TRUE(receives_arp_answer(tap->queues));
        }
        EXPECT_TRUE(run(network().check(id_))) << "the tap has gone, the attachment has not";
        ASSERT_TRUE(run(network().detach(id_)));
        ASSERT_TRUE(run(network().remove_namespace(id_)));
        expect_nothing_left();
        TearDown();
        SetUp(); // leases begin anew
    }
}

TEST_F(NetworkKernel, ATapMayBeThereBeforeItsInterface) {
    ASSERT_TRUE(run(network().make_namespace(id_)));
    {
        const TapRequest request_of_tap{.sandbox = id_, .interface = "eth0", .queues = 2};
        auto early = request_of_tap;
        early.stage = TapStage::device;
        const auto device = run(network().make_tap(early));
        ASSERT_TRUE(device) << device.error().message;
        EXPECT_EQ(device->queues.size(), 2U);
        auto late = request_of_tap;
        late.stage = TapStage::tie;
        EXPECT_FALSE(run(network().make_tap(late))) << "there is nothing to tie it to";
        ASSERT_TRUE(run(network().attach(request())));
        const auto tied = run(network().make_tap(late));
        ASSERT_TRUE(tied) << tied.error().message;
        EXPECT_TRUE(tied->queues.empty());
        ASSERT_EQ(tied->routes.size(), 2U);
        auto interface = tied->interface;
        const auto frame = make_arp_request(interface);
        ASSERT_EQ(::write(device->queues[0].get(), frame.data(), frame.size()),
                  static_cast<ssize_t>(frame.size()));
        EXPECT_TRUE(receives_arp_answer(device->queues));
    }
    ASSERT_TRUE(run(network().detach(id_)));
    ASSERT_TRUE(run(network().remove_namespace(id_)));
    expect_nothing_left();
}

TEST_F(NetworkKernel, AMappedPortIsThereUntilItIsDetached) {
    ASSERT_TRUE(run(network().make_namespace(id_)));
    auto wanted = request();
    wanted.ports = {{.host_ip = "", .host_port = 8080, .container_port = 80, .protocol = "tcp"}};
    ASSERT_TRUE(run(network().attach(wanted)));
    EXPECT_NE(output_of("nft list ruleset").find("8080"), std::string::npos);
    ASSERT_TRUE(run(network().detach(id_)));
    ASSERT_TRUE(run(network().detach(id_))) << "a second time";
    ASSERT_TRUE(run(network().remove_namespace(id_)));
    expect_nothing_left();
}

std::size_t count_of(const std::string& text, const std::string& word) {
    std::size_t count = 0;
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
    return count;
}

constexpr auto k_rule = "ip saddr 10.99.0.0/24 ip daddr != 10.99.0.0/24 ip daddr != 224.0.0.0/4 masquerade";
constexpr auto k_rule6 = "ip6 saddr fd99::/64 ip6 daddr != fd99::/64 ip6 daddr != ff00::/8 masquerade";

TEST_F(NetworkKernel, OurNetworkIsTranslatedByOneRuleForAllOnIt) {
    const std::array sandboxes{SandboxId("ab12"), SandboxId("cd34")};
    for (const auto& sandbox : sandboxes) {
        ASSERT_TRUE(run(network().make_namespace(sandbox)));
        const auto attached = run(
            network().attach({.sandbox = sandbox, .interface = "eth0", .network = "redoubt", .ports = {}}));
        ASSERT_TRUE(attached) << attached.error().message;
    }
    for (const auto& sandbox : sandboxes) {
        const auto rules = output_of("nft list ruleset");
        EXPECT_EQ(count_of(rules, k_rule), 1U) << rules;
        EXPECT_EQ(count_of(rules, k_rule6), 1U) << rules;
        EXPECT_EQ(rules.find("CNI-"), std::string::npos) << "no plugin has to run iptables: " << rules;
        ASSERT_TRUE(run(network().detach(sandbox)));
        ASSERT_TRUE(run(network().remove_namespace(sandbox)));
    }
    expect_nothing_left();
}

TEST_F(NetworkKernel, WhoIsAttachedStaysTranslatedUnderAnotherDaemonAndAfterAFlush) {
    ASSERT_TRUE(run(network().make_namespace(id_)));
    ASSERT_TRUE(run(network().attach(request())));
    start();
    const SandboxId other("cd34");
    const AttachRequest wanted{.sandbox = other, .interface = "eth0", .network = "redoubt", .ports = {}};
    for (int i = 0; i < 2; ++i) {
        ASSERT_TRUE(run(network().make_namespace(other)));
        ASSERT_TRUE(run(network().attach(wanted)));
        EXPECT_EQ(count_of(output_of("nft list ruleset"), k_rule), 1U);
        ASSERT_TRUE(run(network().detach(other)));
        ASSERT_TRUE(run(network().remove_namespace(other)));
        EXPECT_EQ(count_of(output_of("nft list ruleset"), k_rule), 1U) << "the first is still there";
        output_of("nft flush ruleset");
    }
    ASSERT_TRUE(run(network().detach(id_)));
    ASSERT_TRUE(run(network().remove_namespace(id_)));
    expect_nothing_left();
}

TEST_F(NetworkKernel, WhereTheHostFiltersForwardingContainersAreLetThrough) {
    output_of("iptables -P FORWARD DROP");
    ASSERT_TRUE(run(network().make_namespace(id_)));
    ASSERT_TRUE(run(network().attach(request())));
    const auto rules = output_of("iptables -S");
    EXPECT_NE(rules.find("-A CNI-FORWARD -s 10.99.0.2/32 -j ACCEPT"), std::string::npos) << rules;
    EXPECT_EQ(count_of(output_of("nft list ruleset"), k_rule), 1U);
    ASSERT_TRUE(run(network().detach(id_)));
    ASSERT_TRUE(run(network().remove_namespace(id_)));
    EXPECT_NE(output_of("iptables -S").find("-P FORWARD DROP"), std::string::npos);
    output_of("nft flush ruleset");
    expect_nothing_left();
}

TEST_F(NetworkKernel, WhatAnotherPutIntoTheTablesStays) {
    output_of("iptables -t nat -A PREROUTING -p tcp --dport 99 -j ACCEPT");
    ASSERT_TRUE(run(network().make_namespace(id_)));
    ASSERT_TRUE(run(network().attach(request())));
    ASSERT_TRUE(run(network().detach(id_)));
    ASSERT_TRUE(run(network().remove_namespace(id_)));
    EXPECT_NE(output_of("iptables -t nat -S").find("--dport 99"), std::string::npos);
    output_of("iptables -t nat -F; nft flush ruleset");
    expect_nothing_left();
}

TEST_F(NetworkKernel, AnAttachmentWhoseNamespaceIsGoneIsDetachedAllTheSame) {
    ASSERT_TRUE(run(network().make_namespace(id_)));
    ASSERT_TRUE(run(network().attach(request())));
    ASSERT_TRUE(run(network().remove_namespace(id_)));
    EXPECT_FALSE(run(network().check(id_)));
    ASSERT_TRUE(run(network().collect_garbage({SandboxId("other")})));
    // Without the namespace the bridge plugin does not know which addresses it once translated.
    output_of("nft flush ruleset");
    expect_nothing_left();
}

TEST_F(NetworkKernel, ALivingSandboxIsNoGarbage) {
    ASSERT_TRUE(run(network().make_namespace(id_)));
    ASSERT_TRUE(run(network().attach(request())));
    ASSERT_TRUE(run(network().collect_garbage({id_})));
    EXPECT_TRUE(run(network().check(id_)));
    ASSERT_TRUE(run(network().collect_garbage({})));
    expect_nothing_left();
}

TEST_F(NetworkKernel, AFailedAttachLeavesNothing) {
    ASSERT_TRUE(write_file(
        folder_ / "conflists" / "broken.conflist",
        R"({"cniVersion":"1.0.0","name":"redoubt","plugins":[{"type":"bridge","bridge":"redoubt0","isGateway":true,)"
        R"("ipam":{"type":"host-local","subnet":"10.99.0.0/24"}},{"type":"tuning","sysctl":{"net.no.such":"1"}}]})"));
    ASSERT_TRUE(run(network().make_namespace(id_)));
    const auto attached = run(network().attach(request()));
    ASSERT_FALSE(attached);
    EXPECT_TRUE(attached.error().message.starts_with("network redoubt: plugin tuning: ADD: "))
        << attached.error().message;
    ASSERT_TRUE(run(network().remove_namespace(id_)));
    expect_nothing_left();
}

TEST_F(NetworkKernel, ATapNeedsItsInterface) {
    ASSERT_TRUE(run(network().make_namespace(id_)));
    const auto tap = run(network().make_tap({.sandbox = id_, .interface = "eth7", .queues = 1}));
    ASSERT_FALSE(tap);
    EXPECT_EQ(tap.error().message, "no interface eth7");
    ASSERT_TRUE(run(network().remove_namespace(id_)));
    EXPECT_FALSE(run(network().make_tap({.sandbox = id_, .interface = "eth0", .queues = 1})));
}

TEST_F(NetworkKernel, NamesBeginWithTheDefault) {
    ASSERT_TRUE(write_file(folder_ / "conflists" / "lan.conflist",
                           R"({"cniVersion":"1.0.0","name":"lan","plugins":[{"type":"bridge"}]})"));
    EXPECT_EQ(run(network().known())->names, (std::vector<std::string>{"redoubt", "lan"}));
    auto unknown = request();
    unknown.network = "no-such";
    EXPECT_EQ(run(network().attach(unknown)).error().code, Code::not_found);
}

} // namespace
} // namespace redoubt::node::network::cni
