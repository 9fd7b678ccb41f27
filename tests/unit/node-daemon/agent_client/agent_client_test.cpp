// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/agent_client/agent_client.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <optional>

#include "agent.pb.h"
#include "common/ttrpc/server.hpp"
#include "tests/unit/common/ttrpc/connection_test.hpp"

namespace redoubt::node::agent_client {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

const ContainerId k_container{"c1"};
const ExecId k_init;
const ExecId k_exec{"e1"};

/// An agent in this process, behind a socket as a VM has it: it keeps the last request of each method.
class AgentClientTest : public ttrpc::ConnectionTest {
  protected:
    using Acceptor = asio::local::stream_protocol::acceptor;

    /// `method` answers with `response`; its request is parsed into the returned place.
    template <class Request, class Response = grpc::StartContainerRequest>
    std::shared_ptr<std::optional<Request>> expect(const std::string& method, Response response = {}) {
        auto seen = std::make_shared<std::optional<Request>>(); // shared with the handler
        server_.add_message<Request, Response>(
            "grpc.AgentService", method,
            [seen, response](Request request, ttrpc::CallContext) -> Task<Response> {
                *seen = std::move(request);
                co_return response;
            });
        return seen;
    }

    Acceptor listen() {
        std::filesystem::remove(socket_);
        return Acceptor(context_, asio::local::stream_protocol::endpoint(socket_));
    }
    /// As a VM's agent: one wire at a time, with the link.
    void serve_vm() {
        scope_.spawn([](ttrpc::Server& server, Acceptor acceptor) -> asio::awaitable<void> {
            auto [error, socket] = co_await acceptor.async_accept(k_as_tuple);
            if (!error)
                std::ignore = co_await server.serve_link(ttrpc::make_socket_stream(std::move(socket)));
        }(server_, listen()));
    }
    void serve_outside_vm() {
        scope_.spawn([](ttrpc::Server& server, Acceptor acceptor) -> asio::awaitable<void> {
            std::ignore = co_await server.serve_unix(std::move(acceptor));
        }(server_, listen()));
    }
    void connect() {
        serve_vm();
        auto agent = run(AgentClient::connect(socket_, 60s));
        ASSERT_TRUE(agent) << agent.error().message;
        agent_ = *std::move(agent);
    }
    void TearDown() override {
        agent_.reset();
        ConnectionTest::TearDown();
        std::filesystem::remove(socket_);
    }

    std::filesystem::path socket_ = std::filesystem::temp_directory_path() / "agent.sock";
    ttrpc::Server server_;
    std::unique_ptr<AgentClient> agent_;
};

TEST_F(AgentClientTest, LearnsAboutTheGuest) {
    grpc::GuestDetailsResponse response;
    response.mutable_agent_details()->set_version("0.1.0");
    response.mutable_agent_details()->add_extra_features("something");
    response.mutable_agent_details()->add_extra_features("kernel-release=6.16.3");
    expect<grpc::GuestDetailsRequest>("GetGuestDetails", response);
    connect();
    const auto details = run(agent_->guest_details());
    ASSERT_TRUE(details);
    EXPECT_EQ(details->agent_version, "0.1.0");
    EXPECT_EQ(details->kernel_release, "6.16.3");
}

TEST_F(AgentClientTest, TalksToAnAgentOutsideOfAVm) {
    const auto seen = expect<grpc::DestroySandboxRequest>("DestroySandbox");
    serve_outside_vm();
    auto agent = run(AgentClient::connect_outside_vm(socket_, 60s));
    ASSERT_TRUE(agent) << agent.error().message;
    EXPECT_TRUE(run((*agent)->destroy_sandbox()));
    EXPECT_TRUE(seen->has_value());
}

TEST_F(AgentClientTest, SendsSandboxAndContainerWithTheirStorages) {
    const auto sandbox = expect<grpc::CreateSandboxRequest>("CreateSandbox");
    const auto container = expect<grpc::CreateContainerRequest>("CreateContainer");
    connect();
    const Storage disk{.driver = "scsi",
                       .driver_options = {"verity=x"},
                       .source = "0:1",
                       .fstype = "erofs",
                       .options = {"ro"},
                       .mount_point = "/run/layer"};
    ASSERT_TRUE(run(agent_->create_sandbox(
        {.id = SandboxId("s1"), .hostname = "host", .dns = {"nameserver 10.0.0.1"}, .storages = {disk}})));
    EXPECT_EQ((*sandbox)->sandbox_id(), "s1");
    EXPECT_EQ((*sandbox)->hostname(), "host");
    EXPECT_THAT((*sandbox)->dns(), ElementsAre("nameserver 10.0.0.1"));
    EXPECT_EQ((*sandbox)->storages_size(), 1);

    oci::Spec spec;
    spec.process.args = {"true"};
    ASSERT_TRUE(run(agent_->create_container({.id = k_container, .spec = spec, .storages = {disk}})));
    EXPECT_EQ((*container)->container_id(), "c1");
    EXPECT_THAT((*container)->oci().process().args(), ElementsAre("true"));
    ASSERT_EQ((*container)->storages_size(), 1);
    const auto& storage = (*container)->storages(0);
    EXPECT_EQ(storage.driver(), "scsi");
    EXPECT_THAT(storage.driver_options(), ElementsAre("verity=x"));
    EXPECT_EQ(storage.source(), "0:1");
    EXPECT_EQ(storage.fstype(), "erofs");
    EXPECT_THAT(storage.options(), ElementsAre("ro"));
    EXPECT_EQ(storage.mount_point(), "/run/layer");
}

TEST_F(AgentClientTest, DrivesAContainersLife) {
    const auto started = expect<grpc::StartContainerRequest>("StartContainer");
    const auto exec = expect<grpc::ExecProcessRequest>("ExecProcess");
    const auto signal = expect<grpc::SignalProcessRequest>("SignalProcess");
    const auto removed = expect<grpc::RemoveContainerRequest>("RemoveContainer");
    grpc::WaitProcessResponse ended;
    ended.set_status(137);
    const auto waited = expect<grpc::WaitProcessRequest>("WaitProcess", ended);
    connect();
    ASSERT_TRUE(run(agent_->start_container(k_container)));
    EXPECT_EQ((*started)->container_id(), "c1");
    oci::Process process;
    process.args = {"sh"};
    ASSERT_TRUE(run(agent_->exec_process(k_container, k_exec, process)));
    EXPECT_EQ((*exec)->exec_id(), "e1");
    EXPECT_THAT((*exec)->process().args(), ElementsAre("sh"));
    ASSERT_TRUE(run(agent_->signal_process(k_container, k_init, 9)));
    EXPECT_EQ((*signal)->signal(), 9U);
    EXPECT_EQ((*signal)->exec_id(), "");
    EXPECT_EQ(run(agent_->wait_process(k_container, k_exec)), 137);
    EXPECT_EQ((*waited)->exec_id(), "e1");
    ASSERT_TRUE(run(agent_->remove_container(k_container, 10s)));
    EXPECT_EQ((*removed)->timeout(), 10U);
}

TEST_F(AgentClientTest, MovesTheStandardStreams) {
    grpc::ReadStreamResponse output;
    output.set_data("out");
    const auto read = expect<grpc::ReadStreamRequest>("ReadStdout", output);
    output.set_data("");
    expect<grpc::ReadStreamRequest>("ReadStderr", output);
    const auto resized = expect<grpc::TtyWinResizeRequest>("TtyWinResize");
    const auto closed = expect<grpc::CloseStdinRequest>("CloseStdin");
    std::string taken;
    server_.add_message<grpc::WriteStreamRequest, grpc::WriteStreamResponse>(
        "grpc.AgentService", "WriteStdin",
        [&taken](grpc::WriteStreamRequest request, ttrpc::CallContext) -> Task<grpc::WriteStreamResponse> {
            const std::string part = request.data().substr(0, 700'000); // takes less than offered
            taken += part;
            grpc::WriteStreamResponse response;
            response.set_len(static_cast<std::uint32_t>(part.size()));
            co_return response;
        });
    connect();
    EXPECT_EQ(run(agent_->read_stdout(k_container, k_init, {.limit = 4096, .offset = 7})), "out");
    EXPECT_EQ((*read)->len(), 4096U);
    EXPECT_EQ(run(agent_->read_stderr(k_container, k_init, {.limit = 4096})), "");
    std::string data(1'500'000, 'x');
    data += "}~end";
    ASSERT_TRUE(run(agent_->write_stdin(k_container, k_init, data)));
    EXPECT_TRUE(taken == data);
    ASSERT_TRUE(run(agent_->close_stdin(k_container, k_init)));
    EXPECT_TRUE(closed->has_value());
    ASSERT_TRUE(run(agent_->resize_terminal(k_container, k_init, {.rows = 24, .columns = 80})));
    EXPECT_EQ((*resized)->row(), 24U);
    EXPECT_EQ((*resized)->column(), 80U);
}

TEST_F(AgentClientTest, ReportsStatsAndOom) {
    grpc::StatsContainerResponse response;
    auto& cgroup = *response.mutable_cgroup_stats();
    cgroup.mutable_memory_stats()->mutable_usage()->set_usage(10);
    cgroup.mutable_memory_stats()->mutable_usage()->set_limit(20);
    cgroup.mutable_cpu_stats()->mutable_cpu_usage()->set_total_usage(30);
    cgroup.mutable_pids_stats()->set_current(4);
    expect<grpc::StatsContainerRequest>("StatsContainer", response);
    grpc::OOMEvent event;
    event.set_container_id("c1");
    expect<grpc::GetOOMEventRequest>("GetOOMEvent", event);
    connect();
    const auto stats = run(agent_->stats(k_container));
    ASSERT_TRUE(stats);
    EXPECT_EQ(stats->memory_usage_bytes, 10U);
    EXPECT_EQ(stats->memory_limit_bytes, 20U);
    EXPECT_EQ(stats->cpu_usage_ns, 30U);
    EXPECT_EQ(stats->pids, 4U);
    EXPECT_EQ(run(agent_->next_oom_event()), k_container);
}

TEST_F(AgentClientTest, PassesOnWhatTheAgentRefuses) {
    server_.add("grpc.AgentService", "StartContainer",
                [](std::string, ttrpc::CallContext) -> Task<std::string> {
                    co_return fail(Code::not_found, "no container 'c1'");
                });
    connect();
    EXPECT_EQ(run(agent_->start_container(k_container)).error(),
              (Error{Code::not_found, "no container 'c1'"}));
    EXPECT_EQ(run(agent_->destroy_sandbox()).error().code, Code::unimplemented);
}

TEST_F(AgentClientTest, ConnectsAgainAfterTheDaemonHasDied) {
    expect<grpc::StartContainerRequest>("StartContainer");
    // The VM's end stays while daemons come and go: each new one gets the same stream.
    connect();
    ASSERT_TRUE(run(agent_->start_container(k_container)));
    agent_.reset();
    settle();
    connect();
    ASSERT_TRUE(run(agent_->start_container(k_container)));
}

TEST_F(AgentClientTest, SaysWhichAgentDoesNotAnswer) {
    auto acceptor = listen();
    const auto agent = run(AgentClient::connect(socket_, 20ms));
    ASSERT_FALSE(agent);
    EXPECT_EQ(agent.error(),
              (Error{Code::deadline_exceeded, "agent at " + socket_.string() + ": no answer within 20 ms"}));
}

TEST_F(AgentClientTest, SaysWhichSocketIsNotThere) {
    std::filesystem::remove(socket_);
    const auto agent = run(AgentClient::connect(socket_, 60s));
    ASSERT_FALSE(agent);
    EXPECT_EQ(agent.error().code, Code::not_found);
    EXPECT_THAT(agent.error().message, ::testing::HasSubstr(socket_.string()));
}

TEST_F(AgentClientTest, InterfacesAndRoutesTravelAsKatasAgentTakesThem) {
    const auto interface = expect<grpc::UpdateInterfaceRequest>("UpdateInterface");
    const auto routes = expect<grpc::UpdateRoutesRequest>("UpdateRoutes");
    connect();
    ASSERT_TRUE(
        run(agent_->update_interface({.name = "eth0",
                                      .mac = "02:00:00:00:00:01",
                                      .mtu = 1450,
                                      .addresses = {{.address = "10.0.0.2", .prefix = 16, .is_v6 = false},
                                                    {.address = "fd00::2", .prefix = 64, .is_v6 = true}}})));
    const auto& sent = (*interface)->interface();
    EXPECT_EQ(sent.name(), "eth0");
    EXPECT_EQ(sent.device(), "eth0");
    EXPECT_EQ(sent.hwaddr(), "02:00:00:00:00:01");
    EXPECT_EQ(sent.mtu(), 1450U);
    ASSERT_EQ(sent.ipaddresses_size(), 2);
    EXPECT_EQ(sent.ipaddresses(0).mask(), "16");
    EXPECT_EQ(sent.ipaddresses(1).family(), types::v6);

    ASSERT_TRUE(run(agent_->update_routes(
        {{.destination = "192.0.2.0/24", .gateway = {}, .device = "eth0", .source = {}, .scope = 253},
         {.destination = {}, .gateway = "fd00::1", .device = "eth0", .source = {}, .is_v6 = true}})));
    ASSERT_EQ((*routes)->routes().routes_size(), 2);
    EXPECT_EQ((*routes)->routes().routes(0).scope(), 253U);
    EXPECT_EQ((*routes)->routes().routes(1).dest(), "");
    EXPECT_EQ((*routes)->routes().routes(1).family(), types::v6);
}

} // namespace
} // namespace redoubt::node::agent_client
