// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// A real launcher's server in this process, asked over a real socket; its network is a test's.
#include "node-daemon/launcher/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "node-daemon/launcher/client/caller.hpp"
#include "node-daemon/launcher/client/remote_network.hpp"
#include "node-daemon/launcher/client/remote_vms.hpp"
#include "node-daemon/launcher/protocol/packet.hpp"
#include "tests/unit/node-daemon/hypervisor/run_task.hpp"
#include "tests/unit/node-daemon/launcher/samples.hpp"

namespace redoubt::node::launcher {
namespace {

using redoubt::test::run;
using redoubt::test::TemporaryFolder;

class NotedNetwork final : public network::Network {
  public:
    std::vector<std::string> said;
    network::AttachRequest attached;
    bool is_slow = false;

    Task<network::KnownNetworks> known() override {
        co_return network::KnownNetworks{.names = {"redoubt"}, .problems = {}};
    }
    Task<void> make_namespace(SandboxId sandbox) override { return note("make", std::move(sandbox)); }
    Task<void> remove_namespace(SandboxId sandbox) override { return note("remove", std::move(sandbox)); }
    Task<network::Attachment> attach(network::AttachRequest request) override {
        attached = request;
        RDT_CO_CHECK(co_await note("attach", request.sandbox));
        co_return network::Attachment{.dns = {"nameserver 10.9.0.1"}, .network_namespace = "/x"};
    }
    Task<void> detach(SandboxId sandbox) override { return note("detach", std::move(sandbox)); }
    Task<void> check(SandboxId sandbox) override {
        co_return fail(Code::aborted, "plugin bridge: {} is gone", sandbox);
    }
    Task<network::Tap> make_tap(network::TapRequest request) override {
        network::Tap tap;
        for (std::uint32_t i = 0; i < request.queues; ++i) tap.queues.emplace_back(::dup(STDERR_FILENO));
        tap.interface = {.name = request.interface, .mac = "02:00:00:00:00:01", .mtu = 1500, .addresses = {}};
        co_return tap;
    }
    Task<void> collect_garbage(std::vector<SandboxId> living) override {
        said.push_back("garbage but " + std::to_string(living.size()));
        co_return Status{};
    }

  private:
    Task<void> note(std::string what, SandboxId sandbox) {
        said.push_back(what + " " + sandbox.str());
        if (is_slow) co_await sleep_for(std::chrono::milliseconds(50));
        said.push_back(what + " done");
        co_return Status{};
    }
};

class OneCatalog final : public network::NetworkCatalog {
  public:
    Task<network::NetworkList> list() override {
        network::NetworkList list;
        list.networks.push_back({.name = "redoubt"});
        list.networks.back().text = std::string(text_size, 'x');
        co_return list;
    }
    Task<network::NetworkInfo> create(network::NewNetwork wanted) override {
        co_return network::NetworkInfo{.name = wanted.name, .subnets = wanted.subnets};
    }
    Task<void> remove(std::string name) override { co_return fail(Code::not_found, "no network '{}'", name); }

    std::size_t text_size = 10;
};

class LauncherServer : public testing::Test {
  protected:
    void SetUp() override { start(::getuid()); }

    void start(uid_t user) {
        auto listener = listen_at(socket_, std::nullopt);
        ASSERT_TRUE(listener) << listener.error().message;
        server_.emplace(context_.get_executor(), *std::move(listener), user, service_);
        server_->start();
    }

    void TearDown() override {
        asio::co_spawn(
            context_,
            [this]() -> asio::awaitable<void> {
                co_await server_->stop();
                co_await vms_.close();
            },
            [](const std::exception_ptr& error) {
                if (error) std::rethrow_exception(error);
            });
        context_.restart();
        context_.run();
    }

    asio::io_context context_{1};
    TemporaryFolder folder_;
    std::filesystem::path socket_ = folder_.path() / "launcher.sock";
    NotedNetwork network_;
    OneCatalog catalog_;
    VmKeeper vms_{context_.get_executor(), {.program = "/no/such/qemu"}};
    int adopted_ = -1;
    Service service_{{.vms = vms_,
                      .network = network_,
                      .catalog = catalog_,
                      .adopt_namespace =
                          [this](const SandboxId&, int fd) {
                              adopted_ = fd;
                              return Status();
                          },
                      .welcome = {"QEMU 10.0.8", "none", true}}};
    std::optional<Server> server_;
    Caller caller_{socket_};
    RemoteNetwork remote_{caller_};
    RemoteCatalog remote_catalog_{caller_};
    RemoteVms remote_vms_{context_.get_executor(), caller_};
};

TEST_F(LauncherServer, SaysWhatItIs) {
    const auto welcome = run(context_, remote_vms_.greet());
    ASSERT_TRUE(welcome) << welcome.error().message;
    EXPECT_EQ(welcome->hypervisor, "QEMU 10.0.8");
    EXPECT_TRUE(welcome->has_kvm);
    EXPECT_EQ(run(context_, remote_vms_.version()), "QEMU 10.0.8 by redoubt-launcher");
}

TEST_F(LauncherServer, ServesTheNetworksPort) {
    EXPECT_EQ(run(context_, remote_.known())->names.front(), "redoubt");
    EXPECT_TRUE(run(context_, remote_.make_namespace(SandboxId("ab12"))));
    const auto attachment = run(context_, remote_.attach(test::make_attach()));
    ASSERT_TRUE(attachment) << attachment.error().message;
    EXPECT_THAT(attachment->dns, testing::ElementsAre("nameserver 10.9.0.1"));
    EXPECT_EQ(network_.attached.ports, test::make_attach().ports);
    EXPECT_EQ(network_.attached.names, test::make_attach().names);
    const auto tap =
        run(context_, remote_.make_tap({.sandbox = SandboxId("ab12"), .interface = "eth0", .queues = 3}));
    ASSERT_TRUE(tap) << tap.error().message;
    EXPECT_EQ(tap->queues.size(), 3U);
    EXPECT_EQ(tap->interface.mac, "02:00:00:00:00:01");
    EXPECT_TRUE(run(context_, remote_.collect_garbage({SandboxId("ab12")})));
    EXPECT_TRUE(run(context_, remote_.detach(SandboxId("ab12"))));
    EXPECT_TRUE(run(context_, remote_.remove_namespace(SandboxId("ab12"))));
    EXPECT_THAT(network_.said,
                testing::ElementsAre("make ab12", "make done", "attach ab12", "attach done", "garbage but 1",
                                     "detach ab12", "detach done", "remove ab12", "remove done"));
}

TEST_F(LauncherServer, PassesErrorsOnAsTheyAre) {
    const auto checked = run(context_, remote_.check(SandboxId("ab12")));
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error(), (Error{Code::aborted, "plugin bridge: ab12 is gone"}));
    EXPECT_EQ(run(context_, remote_catalog_.remove("blue")).error().code, Code::not_found);
}

TEST_F(LauncherServer, ServesTheCatalog) {
    EXPECT_EQ(run(context_, remote_catalog_.list())->networks.front().name, "redoubt");
    const auto made = run(context_, remote_catalog_.create({.name = "blue", .subnets = {"10.9.0.0/24"}}));
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->name, "blue");
}

TEST_F(LauncherServer, SaysThatAnAnswerIsTooLong) {
    catalog_.text_size = k_most_bytes;
    const auto list = run(context_, remote_catalog_.list());
    ASSERT_FALSE(list);
    EXPECT_EQ(list.error().code, Code::resource_exhausted);
}

TEST_F(LauncherServer, TakesANamespaceOver) {
    EXPECT_TRUE(run(context_, remote_.adopt_namespace(SandboxId("ab12"), UniqueFd(::dup(STDERR_FILENO)))));
    EXPECT_GE(adopted_, 0);
}

TEST_F(LauncherServer, DoesNothingForARequestThatIsNotValid) {
    const auto made = run(context_, remote_.make_namespace(SandboxId("../../etc")));
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Code::invalid_argument);
    EXPECT_TRUE(network_.said.empty());
}

TEST_F(LauncherServer, LetsRequestsOfOneSandboxWaitForEachOther) {
    network_.is_slow = true;
    const auto give_up = [](RemoteNetwork& network) -> Task<void> {
        co_await within(std::chrono::milliseconds(5), "attach", network.attach(test::make_attach()));
        co_return co_await network.detach(SandboxId("ab12"));
    };
    EXPECT_TRUE(run(context_, give_up(remote_)));
    EXPECT_THAT(network_.said,
                testing::ElementsAre("attach ab12", "attach done", "detach ab12", "detach done"));
}

TEST_F(LauncherServer, AnswersGarbageInWords) {
    const auto ask = [](std::filesystem::path path) -> Task<Packet> {
        sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
        std::memcpy(address.sun_path, path.c_str(), path.native().size());
        UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
        if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            co_return fail(Code::unavailable, "connect");
        RDT_CO_CHECK(send_packet(socket.get(), "garbage", {}));
        for (;;) {
            RDT_CO_TRY(auto packet, receive_packet(socket.get()));
            if (packet) co_return *std::move(packet);
            co_await sleep_for(std::chrono::milliseconds(1));
        }
    };
    const auto packet = run(context_, ask(socket_));
    ASSERT_TRUE(packet) << packet.error().message;
    const auto answer = decode_answer(packet->bytes);
    ASSERT_TRUE(answer);
    EXPECT_EQ(std::get<Error>(*answer).code, Code::failed_precondition);
}

TEST_F(LauncherServer, IsForItsOwnerAlone) {
    struct stat status{};
    ASSERT_EQ(::stat(socket_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST_F(LauncherServer, FailsClearlyWhereNobodyListens) {
    RemoteNetwork lost(Caller(folder_.path() / "nobody.sock"));
    const auto known = run(context_, lost.known());
    ASSERT_FALSE(known);
    EXPECT_EQ(known.error().code, Code::unavailable);
    EXPECT_THAT(known.error().message, testing::HasSubstr("redoubt-launcher at"));
}

// Connecting as another user takes a process of that user: root's test alone can be one.
TEST_F(LauncherServer, RefusesOtherUsers) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    ASSERT_EQ(::chmod(socket_.c_str(), 0666), 0);
    std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
    ASSERT_EQ(::seteuid(65534), 0); // its peer's credentials are the effective ones
    const auto asked = run(context_, remote_.make_namespace(SandboxId("ab12")));
    ASSERT_EQ(::seteuid(0), 0);
    ASSERT_FALSE(asked);
    EXPECT_EQ(asked.error().code, Code::permission_denied);
    EXPECT_TRUE(network_.said.empty());
}

} // namespace
} // namespace redoubt::node::launcher
