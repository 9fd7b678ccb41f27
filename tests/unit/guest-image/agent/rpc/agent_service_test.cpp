// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/rpc/agent_service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/utsname.h>

#include <boost/asio/local/connect_pair.hpp>
#include <filesystem>

#include "common/ttrpc/client.hpp"
#include "guest-image/agent/rpc/renewal_service.hpp"
#include "health.pb.h"
#include "renewal.pb.h"
#include "tests/unit/guest-image/agent/sandbox/sandbox_fixture.hpp"

namespace redoubt::guest::rpc {
namespace {

constexpr const char* k_service = "grpc.AgentService";

/// The whole way: client, ttrpc, service, sandbox, container; without a VM.
class AgentServiceTest : public sandbox::SandboxTest {
  protected:
    AgentServiceTest() : service_(*box_, [this] { is_destroyed_ = true; }) {
        service_.add_to(server_);
        add_health_service(server_);
        add_renewal_calls(server_, *box_);
        asio::local::stream_protocol::socket near(io_);
        asio::local::stream_protocol::socket far(io_);
        asio::local::connect_pair(near, far);
        scope_.spawn(server_.serve(ttrpc::make_socket_stream(std::move(far))));
        client_ =
            std::make_unique<ttrpc::Client>(io_.get_executor(), ttrpc::make_socket_stream(std::move(near)));
    }
    ~AgentServiceTest() override {
        std::ignore = await(box_->destroy());
        client_.reset();
        wind_down();
    }
    AgentServiceTest(const AgentServiceTest&) = delete;
    AgentServiceTest& operator=(const AgentServiceTest&) = delete;

    /// An empty answer parses as any message without fields.
    template <class Response = grpc::DestroySandboxRequest, class Request>
    Result<Response> call(const char* method, Request request, const char* service = k_service) {
        return await(
            client_->call_message<Response>(service, method, std::move(request), std::chrono::seconds(60)));
    }

    grpc::CreateContainerRequest request_for(const std::string& id, const std::vector<std::string>& args) {
        grpc::CreateContainerRequest request;
        request.set_container_id(id);
        auto& spec = *request.mutable_oci();
        spec.mutable_root()->set_path(make_rootfs(id).native());
        for (const auto& argument : args) spec.mutable_process()->add_args(argument);
        spec.mutable_process()->add_env("PATH=/bin");
        spec.mutable_process()->set_cwd("/");
        auto& mount = *spec.add_mounts();
        mount.set_destination("/proc");
        mount.set_source("proc");
        mount.set_type("proc");
        for (const char* kind : {"pid", "mount", "ipc", "uts"})
            spec.mutable_linux()->add_namespaces()->set_type(kind);
        return request;
    }

    template <class Request>
    static Request named(const std::string& id, const std::string& exec = "") {
        Request request;
        request.set_container_id(id);
        if constexpr (requires { request.set_exec_id(exec); }) request.set_exec_id(exec);
        return request;
    }

    bool is_destroyed_ = false;
    AgentService service_;
    ttrpc::Server server_;
    std::unique_ptr<ttrpc::Client> client_;
};

/// What it does to a guest that takes it: tests/e2e/test_templates.py.
TEST_F(AgentServiceTest, IsNotRenewedByTooLittleNorByTooMuch) {
    for (const std::size_t size : {0UZ, 31UZ, 257UZ}) {
        redoubt::agent::v1::RenewRequest request;
        request.set_seed(std::string(size, 's'));
        const auto refused = call("Renew", request, "redoubt.agent.v1.Renewal");
        ASSERT_FALSE(refused) << size;
        EXPECT_EQ(refused.error().code, Code::invalid_argument);
    }
}

TEST_F(AgentServiceTest, IsNotRenewedWhenContainersMayHaveSeenIt) {
    grpc::CreateSandboxRequest sandbox;
    sandbox.set_sandbox_id("sb");
    ASSERT_TRUE(call("CreateSandbox", sandbox));
    redoubt::agent::v1::RenewRequest request;
    request.set_seed(std::string(64, 's'));
    EXPECT_EQ(call("Renew", request, "redoubt.agent.v1.Renewal").error(),
              (Error{Code::failed_precondition, "the sandbox exists already"}));
}

TEST_F(AgentServiceTest, RehearsesAContainerThatLeavesNothing) {
    redoubt::agent::v1::RehearseRequest request;
    request_for("rehearsal", {"sh", "-c", "echo seen > /rehearsed && test -s /rehearsed"})
        .SerializeToString(request.mutable_container());
    const auto rehearsed = call("Rehearse", request, "redoubt.agent.v1.Renewal");
    ASSERT_TRUE(rehearsed) << rehearsed.error().message;
    EXPECT_FALSE(std::filesystem::exists("/rehearsed"));
    EXPECT_FALSE(std::filesystem::exists(base_ / "rehearsal" / "upper"));
    EXPECT_FALSE(box_->is_created());
    grpc::CreateSandboxRequest sandbox;
    sandbox.set_sandbox_id("sb");
    EXPECT_TRUE(call("CreateSandbox", sandbox)) << "it is free for whom it is given to";
    EXPECT_EQ(call("Rehearse", request, "redoubt.agent.v1.Renewal").error(),
              (Error{Code::failed_precondition, "the sandbox exists already"}));
}

TEST_F(AgentServiceTest, ARehearsalThatFailsLeavesNothingEither) {
    redoubt::agent::v1::RehearseRequest request;
    request_for("rehearsal", {"/no/such/program"}).SerializeToString(request.mutable_container());
    const auto failed = call("Rehearse", request, "redoubt.agent.v1.Renewal");
    ASSERT_FALSE(failed);
    EXPECT_TRUE(failed.error().message.contains("/no/such/program")) << failed.error().message;
    EXPECT_FALSE(box_->is_created());
    EXPECT_FALSE(std::filesystem::exists(base_ / "rehearsal" / "upper"));
    request.set_container("\xff");
    EXPECT_EQ(call("Rehearse", request, "redoubt.agent.v1.Renewal").error(),
              (Error{Code::invalid_argument, "'container' is no CreateContainerRequest"}));
}

TEST_F(AgentServiceTest, RunsAContainerAsAShimWould) {
    grpc::CreateSandboxRequest sandbox;
    sandbox.set_sandbox_id("sb");
    sandbox.set_hostname("rpcbox");
    ASSERT_TRUE(call("CreateSandbox", sandbox));
    const auto created = call("CreateContainer", request_for("c1", {"sh", "-c", "hostname; cat; exit 6"}));
    ASSERT_TRUE(created) << created.error().message;
    ASSERT_TRUE(call("StartContainer", named<grpc::StartContainerRequest>("c1")));
    auto input = named<grpc::WriteStreamRequest>("c1");
    input.set_data("typed");
    EXPECT_EQ(call<grpc::WriteStreamResponse>("WriteStdin", input).value().len(), 5U);
    ASSERT_TRUE(call("CloseStdin", named<grpc::CloseStdinRequest>("c1")));
    std::string output;
    for (;;) {
        auto read = named<grpc::ReadStreamRequest>("c1");
        read.set_len(4);
        const auto some = call<grpc::ReadStreamResponse>("ReadStdout", read);
        ASSERT_TRUE(some) << some.error().message;
        EXPECT_LE(some->data().size(), 4U);
        if (some->data().empty()) break;
        output += some->data();
    }
    EXPECT_EQ(output, "rpcbox\ntyped");
    EXPECT_EQ(call<grpc::WaitProcessResponse>("WaitProcess", named<grpc::WaitProcessRequest>("c1"))
                  .value()
                  .status(),
              6);
    ASSERT_TRUE(call("RemoveContainer", named<grpc::RemoveContainerRequest>("c1")));
    EXPECT_EQ(
        call<grpc::WaitProcessResponse>("WaitProcess", named<grpc::WaitProcessRequest>("c1")).error().code,
        Code::not_found);
    ASSERT_TRUE(call("DestroySandbox", grpc::DestroySandboxRequest{}));
    EXPECT_TRUE(is_destroyed_);
}

TEST_F(AgentServiceTest, TellsItsVersionAndKernel) {
    const auto details = call<grpc::GuestDetailsResponse>("GetGuestDetails", grpc::GuestDetailsRequest{});
    ASSERT_TRUE(details);
    EXPECT_EQ(details->agent_details().version(), REDOUBT_VERSION);
    utsname names{};
    ASSERT_EQ(::uname(&names), 0);
    EXPECT_THAT(details->agent_details().extra_features(),
                testing::Contains("kernel-release=" + std::string(names.release)));
    EXPECT_THAT(details->agent_details().storage_handlers(), testing::Contains("overlayfs"));
    EXPECT_EQ(call<grpc::HealthCheckResponse>("Check", grpc::CheckRequest{}, "grpc.Health").value().status(),
              grpc::HealthCheckResponse::SERVING);
    EXPECT_EQ(call<grpc::VersionCheckResponse>("Version", grpc::CheckRequest{}, "grpc.Health")
                  .value()
                  .grpc_version(),
              "0.0.1");
}

TEST_F(AgentServiceTest, NamesTheCallsItDoesNotHave) {
    for (const char* method : {"SetPolicy", "MemAgentMemcgSet", "MemAgentCompactSet"}) {
        const auto answer = call(method, grpc::DestroySandboxRequest{});
        ASSERT_FALSE(answer) << method;
        EXPECT_EQ(answer.error().code, Code::unimplemented);
        EXPECT_TRUE(
            answer.error().message.starts_with(std::string(method) + " is not implemented by this agent"))
            << answer.error().message;
    }
}

TEST_F(AgentServiceTest, RefusesWhatItWouldHaveToIgnore) {
    create_sandbox();
    auto hooked = request_for("c1", {"true"});
    hooked.mutable_oci()->mutable_hooks()->add_prestart()->set_path("/bin/true");
    EXPECT_EQ(call("CreateContainer", hooked).error().message, "hooks are not implemented by this agent");
    auto with_device = request_for("c2", {"true"});
    with_device.add_devices()->set_type("vfio-pci");
    EXPECT_EQ(call("CreateContainer", with_device).error().code, Code::unimplemented);
    auto with_ports = request_for("c3", {"true"});
    with_ports.set_stdout_port(1027);
    EXPECT_EQ(call("CreateContainer", with_ports).error().code, Code::unimplemented);
    auto exec = named<grpc::ExecProcessRequest>("c1", "e1");
    exec.set_stdin_port(~0U);
    EXPECT_EQ(call("ExecProcess", exec).error().code, Code::unimplemented);
    grpc::CreateSandboxRequest sandbox;
    sandbox.set_guest_hook_path("/usr/share/hooks");
    EXPECT_EQ(call("CreateSandbox", sandbox).error().code, Code::unimplemented);
    sandbox.clear_guest_hook_path();
    sandbox.add_kernel_modules()->set_name("e1000e");
    EXPECT_EQ(call("CreateSandbox", sandbox).error().code, Code::unimplemented);
}

TEST_F(AgentServiceTest, PlacesAFileInPieces) {
    create_sandbox();
    grpc::CopyFileRequest piece;
    piece.set_path((base_ / "shared/containers/a").native());
    piece.set_file_size(6);
    piece.set_file_mode(0100644);
    piece.set_data("abc");
    ASSERT_TRUE(call("CopyFile", piece));
    piece.set_offset(3);
    piece.set_data("def");
    ASSERT_TRUE(call("CopyFile", piece));
    EXPECT_TRUE(std::filesystem::exists(base_ / "shared/containers/a"));
    piece.set_offset(-1);
    EXPECT_EQ(call("CopyFile", piece).error().code, Code::invalid_argument);
    piece.set_path("/etc/passwd");
    piece.set_offset(0);
    EXPECT_EQ(call("CopyFile", piece).error().code, Code::invalid_argument);
}

TEST_F(AgentServiceTest, TellsHowFullAVolumeIsAndResizesIt) {
    grpc::CreateSandboxRequest sandbox;
    auto& shm = *sandbox.add_storages();
    shm.set_driver("ephemeral");
    shm.set_fstype("tmpfs");
    shm.set_mount_point((base_ / "sandbox/shm").native());
    shm.add_options("size=1048576");
    shm.mutable_fs_group()->set_group_id(77);
    ASSERT_TRUE(call("CreateSandbox", sandbox));
    grpc::VolumeStatsRequest request;
    request.set_volume_guest_path(shm.mount_point());
    auto stats = call<grpc::VolumeStatsResponse>("GetVolumeStats", request);
    ASSERT_TRUE(stats) << stats.error().message;
    ASSERT_EQ(stats->usage_size(), 2);
    EXPECT_EQ(stats->usage(0).total(), 1U << 20U);
    EXPECT_EQ(stats->usage(1).unit(), grpc::VolumeUsage::INODES);
    EXPECT_FALSE(stats->volume_condition().abnormal());
    grpc::UpdateEphemeralMountsRequest update;
    *update.add_storages() = shm;
    update.mutable_storages(0)->set_options(0, "size=2097152");
    ASSERT_TRUE(call("UpdateEphemeralMounts", update));
    EXPECT_EQ(call<grpc::VolumeStatsResponse>("GetVolumeStats", request)->usage(0).total(), 2U << 20U);
    grpc::ResizeVolumeRequest resize;
    resize.set_volume_guest_path(shm.mount_point());
    EXPECT_EQ(call("ResizeVolume", resize).error().code, Code::failed_precondition);
}

TEST_F(AgentServiceTest, CountsScrapesOfItsMetrics) {
    ASSERT_TRUE(call<grpc::Metrics>("GetMetrics", grpc::GetMetricsRequest{}));
    const auto metrics = call<grpc::Metrics>("GetMetrics", grpc::GetMetricsRequest{});
    ASSERT_TRUE(metrics);
    EXPECT_THAT(metrics->metrics(), testing::HasSubstr("\nkata_agent_scrape_count 2\n"));
}

TEST_F(AgentServiceTest, TellsTheTerminationMessageAndNothingElse) {
    create_sandbox();
    auto request = request_for("c1", {"sh", "-c", "printf 'a\\377\\303\\244\\355\\240\\200' > /tmp/log"});
    (*request.mutable_oci()->mutable_annotations())["io.kubernetes.container.terminationMessagePath"] =
        "/tmp/log";
    ASSERT_TRUE(call("CreateContainer", request));
    ASSERT_TRUE(call("StartContainer", named<grpc::StartContainerRequest>("c1")));
    ASSERT_TRUE(call<grpc::WaitProcessResponse>("WaitProcess", named<grpc::WaitProcessRequest>("c1")));
    auto wanted = named<grpc::GetDiagnosticDataRequest>("c1");
    EXPECT_EQ(call("GetDiagnosticData", wanted).error().code, Code::invalid_argument);
    wanted.set_log_type("termination_log");
    const auto data = call<grpc::GetDiagnosticDataResponse>("GetDiagnosticData", wanted);
    ASSERT_TRUE(data) << data.error().message;
    EXPECT_EQ(data->data(), "a?\xc3\xa4???");
}

TEST_F(AgentServiceTest, NoBytesAreTheEndOfInput) {
    create_sandbox();
    ASSERT_TRUE(call("CreateContainer", request_for("c1", {"cat"})));
    ASSERT_TRUE(call("StartContainer", named<grpc::StartContainerRequest>("c1")));
    EXPECT_EQ(
        call<grpc::WriteStreamResponse>("WriteStdin", named<grpc::WriteStreamRequest>("c1")).value().len(),
        0U);
    EXPECT_EQ(call<grpc::WaitProcessResponse>("WaitProcess", named<grpc::WaitProcessRequest>("c1"))->status(),
              0);
}

TEST_F(AgentServiceTest, SmallCallsAnswer) {
    create_sandbox();
    EXPECT_TRUE(call("RemoveStaleVirtiofsShareMounts", grpc::RemoveStaleVirtiofsShareMountsRequest{}));
    EXPECT_EQ(call("AddSwap", grpc::AddSwapRequest{}).error().code, Code::invalid_argument);
    grpc::AddSwapPathRequest swap;
    swap.set_path("/etc/passwd");
    EXPECT_EQ(call("AddSwapPath", swap).error().code, Code::invalid_argument);
    grpc::SetGuestDateTimeRequest time;
    time.set_sec(-1);
    EXPECT_EQ(call("SetGuestDateTime", time).error().code, Code::invalid_argument);
    EXPECT_EQ(call("ReseedRandomDev", grpc::ReseedRandomDevRequest{}).error().code, Code::invalid_argument);
    grpc::GuestDetailsRequest details;
    details.set_mem_hotplug_probe(true);
    const auto told = call<grpc::GuestDetailsResponse>("GetGuestDetails", details);
    ASSERT_TRUE(told);
    EXPECT_THAT(told->agent_details().device_handlers(), testing::ElementsAre("blk", "mmioblk", "scsi"));
}

TEST_F(AgentServiceTest, AnEmptyRequestIsRefusedAndNotACrash) {
    create_sandbox();
    EXPECT_EQ(call("CreateContainer", grpc::CreateContainerRequest{}).error().code, Code::invalid_argument);
    EXPECT_EQ(call("StartContainer", grpc::StartContainerRequest{}).error().code, Code::invalid_argument);
    EXPECT_EQ(call("ExecProcess", grpc::ExecProcessRequest{}).error().code, Code::invalid_argument);
    EXPECT_EQ(call("SignalProcess", grpc::SignalProcessRequest{}).error().code, Code::invalid_argument);
    EXPECT_EQ(call("StatsContainer", grpc::StatsContainerRequest{}).error().code, Code::invalid_argument);
}

TEST_F(AgentServiceTest, AnAnswerIsGivenAgainUntilTheCallerHasItInSafety) {
    create_sandbox();
    ASSERT_TRUE(call("CreateContainer", request_for("c1", {"sh", "-c", "echo first; read x; echo second"})));
    ASSERT_TRUE(call("StartContainer", named<grpc::StartContainerRequest>("c1")));
    const auto read_from = [this](std::uint64_t offset) {
        auto read = named<grpc::ReadStreamRequest>("c1");
        read.set_len(100);
        read.set_offset(offset);
        return call<grpc::ReadStreamResponse>("ReadStdout", read);
    };
    EXPECT_EQ(read_from(1000).value().data(), "first\n") << "the caller says where counting begins";
    EXPECT_EQ(read_from(1000).value().data(), "first\n");
    EXPECT_EQ(read_from(1002).value().data(), "rst\n");
    EXPECT_EQ(read_from(1001).error().code, Code::out_of_range);
    EXPECT_EQ(read_from(1007).error().code, Code::out_of_range);
    auto input = named<grpc::WriteStreamRequest>("c1");
    input.set_data("\n");
    ASSERT_TRUE(call<grpc::WriteStreamResponse>("WriteStdin", input));
    EXPECT_EQ(read_from(1006).value().data(), "second\n");
    auto uncounted = named<grpc::ReadStreamRequest>("c1");
    uncounted.set_len(100);
    EXPECT_EQ(call<grpc::ReadStreamResponse>("ReadStdout", uncounted).value().data(), "");
    EXPECT_EQ(read_from(1006).error().code, Code::out_of_range) << "an uncounted read took what there was";
    EXPECT_EQ(read_from(1013).value().data(), "");
}

TEST_F(AgentServiceTest, AReaderWhoMaySeeNothingGetsTheEndAndTheProcessIsNotHeldUp) {
    server_.set_guard([](const ttrpc::CallContext& call, std::string_view) {
        return call.method.starts_with("Read") ? ttrpc::Admission::redacted : ttrpc::Admission::whole;
    });
    create_sandbox();
    // More than a pipe holds: who is not read waits for ever.
    ASSERT_TRUE(call("CreateContainer", request_for("c1", {"sh", "-c", "head -c 300000 /dev/zero; exit 3"})));
    ASSERT_TRUE(call("StartContainer", named<grpc::StartContainerRequest>("c1")));
    auto read = named<grpc::ReadStreamRequest>("c1");
    read.set_len(4096);
    const auto end = call<grpc::ReadStreamResponse>("ReadStdout", read);
    ASSERT_TRUE(end) << end.error().message;
    EXPECT_EQ(end->data(), "");
    EXPECT_EQ(call<grpc::WaitProcessResponse>("WaitProcess", named<grpc::WaitProcessRequest>("c1"))
                  .value()
                  .status(),
              3);
}

TEST_F(AgentServiceTest, AnAbandonedReadTakesNoBytes) {
    create_sandbox();
    ASSERT_TRUE(call("CreateContainer", request_for("c1", {"sh", "-c", "read x; echo late"})));
    ASSERT_TRUE(call("StartContainer", named<grpc::StartContainerRequest>("c1")));
    auto read = named<grpc::ReadStreamRequest>("c1");
    read.set_len(100);
    const auto abandoned = await(client_->call_message<grpc::ReadStreamResponse>(
        k_service, "ReadStdout", read, std::chrono::milliseconds(50)));
    EXPECT_EQ(abandoned.error().code, Code::deadline_exceeded);
    auto input = named<grpc::WriteStreamRequest>("c1");
    input.set_data("\n");
    ASSERT_TRUE(call<grpc::WriteStreamResponse>("WriteStdin", input));
    EXPECT_EQ(call<grpc::ReadStreamResponse>("ReadStdout", read).value().data(), "late\n");
}

} // namespace
} // namespace redoubt::guest::rpc
