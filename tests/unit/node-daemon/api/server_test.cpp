// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/api/server.hpp"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <filesystem>
#include <future>
#include <thread>

#include "redoubt/node/v1/node.grpc.pb.h"
#include "tests/unit/node-daemon/api/fake_node.hpp"

namespace redoubt::node::api {
namespace {

namespace pb = redoubt::node::v1;
using namespace std::chrono_literals;

/// The face over fake use cases, on a real socket, with the main strand on a thread of its own.
class ApiServer : public testing::Test {
  protected:
    template <class Function>
    auto on_strand(Function function) {
        std::packaged_task<decltype(function())()> task(std::move(function));
        auto result = task.get_future();
        asio::post(io_, std::move(task));
        return result.get();
    }

    void SetUp() override {
        std::string folder = testing::TempDir() + "api-XXXXXX";
        ASSERT_NE(::mkdtemp(folder.data()), nullptr);
        folder_ = folder;
        socket_ = folder_ / "redoubtd.sock";
        strand_ = std::thread([this] { io_.run(); });
        auto server = on_strand(
            [this] { return Server::start(io_.get_executor(), node_, ServerOptions{socket_, ""}); });
        ASSERT_TRUE(server) << server.error().message;
        server_ = std::move(*server);
        stub_ = pb::Node::NewStub(
            grpc::CreateChannel("unix:" + socket_.string(), grpc::InsecureChannelCredentials()));
    }

    void TearDown() override {
        EXPECT_TRUE(stop());
        stub_.reset();
        on_strand([this] {
            server_.reset();
            return 0;
        });
        guard_.reset();
        strand_.join();
        std::filesystem::remove_all(folder_);
    }

    /// Ends what the fakes wait for, then the server. Only the first call does anything.
    Status stop(bool release = true) {
        if (is_stopped_) return {};
        is_stopped_ = true;
        if (release) on_strand([this] { return node_.released.set(), 0; });
        std::promise<Status> promise;
        asio::co_spawn(io_, server_->stop(60s), [&promise](std::exception_ptr, Status status) {
            promise.set_value(std::move(status));
        });
        return promise.get_future().get();
    }

    /// Waits until `condition` holds; false after a generous while.
    template <class Condition>
    static bool eventually(Condition condition) {
        for (int i = 0; i < 6000; ++i) {
            if (condition()) return true;
            std::this_thread::sleep_for(10ms);
        }
        return false;
    }

    bool has_call(const std::string& call) {
        const auto calls = node_.taken_calls();
        return std::ranges::find(calls, call) != calls.end();
    }

    asio::io_context io_{1};
    asio::executor_work_guard<asio::io_context::executor_type> guard_{io_.get_executor()};
    sandbox::Node node_{io_.get_executor()};
    std::filesystem::path folder_;
    std::filesystem::path socket_;
    std::thread strand_;
    std::unique_ptr<Server> server_;
    std::unique_ptr<pb::Node::Stub> stub_;
    grpc::ClientContext context_;
    bool is_stopped_ = false;
};

TEST_F(ApiServer, HandsASpecificationToTheUseCaseAndItsIdBack) {
    pb::CreateContainerRequest request;
    request.mutable_spec()->set_image("busybox");
    request.mutable_spec()->set_memory_bytes(1U << 20U);
    auto* variable = request.mutable_spec()->add_environment();
    variable->set_name("A");
    variable->set_value("1=2");
    pb::CreateContainerResponse response;
    ASSERT_TRUE(stub_->CreateContainer(&context_, request, &response).ok());
    EXPECT_EQ(response.id(), "c0ffee");
    const auto created = on_strand([this] { return node_.created; });
    EXPECT_EQ(created.image, "busybox");
    EXPECT_EQ(created.environment, std::vector<std::string>{"A=1=2"});

    grpc::ClientContext again;
    pb::InspectContainerRequest inspect;
    inspect.set_container("c0ffee");
    pb::InspectContainerResponse details;
    ASSERT_TRUE(stub_->InspectContainer(&again, inspect, &details).ok());
    EXPECT_EQ(details.spec().environment(0).value(), "1=2");
    EXPECT_EQ(details.sandbox().disks(0).root_hash(), "ab");
}

TEST_F(ApiServer, NamesTheFieldThatIsWrong) {
    pb::CreateContainerResponse response;
    const auto status = stub_->CreateContainer(&context_, {}, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(status.error_message(), "image: must not be empty");
}

TEST_F(ApiServer, CarriesTheUseCasesErrors) {
    pb::CreateContainerRequest request;
    request.mutable_spec()->set_image("missing");
    pb::CreateContainerResponse response;
    const auto status = stub_->CreateContainer(&context_, request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
    EXPECT_EQ(status.error_message(), "no image 'missing'");
}

TEST_F(ApiServer, TurnsAnExceptionIntoAnInternalError) {
    pb::CreateContainerRequest request;
    request.mutable_spec()->set_image("throws");
    pb::CreateContainerResponse response;
    const auto status = stub_->CreateContainer(&context_, request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
    EXPECT_EQ(status.error_message(), "unexpected: boom");
}

TEST_F(ApiServer, DrainsAndResumesTheNode) {
    pb::DrainNodeRequest request;
    pb::DrainNodeResponse drained;
    ASSERT_TRUE(stub_->DrainNode(&context_, request, &drained).ok());
    EXPECT_TRUE(has_call("drain 10")) << "the node's own timeout";
    request.set_timeout_seconds(0);
    grpc::ClientContext again;
    ASSERT_TRUE(stub_->DrainNode(&again, request, &drained).ok());
    EXPECT_TRUE(has_call("drain 0"));
    grpc::ClientContext resuming;
    pb::ResumeNodeResponse resumed;
    ASSERT_TRUE(stub_->ResumeNode(&resuming, {}, &resumed).ok());
    EXPECT_TRUE(has_call("resume"));
    grpc::ClientContext asking;
    pb::NodeInfo info;
    ASSERT_TRUE(stub_->GetNodeInfo(&asking, {}, &info).ok());
    EXPECT_TRUE(info.drained());
}

TEST_F(ApiServer, ServesPodsAndNetworks) {
    const auto make = [] { return std::make_unique<grpc::ClientContext>(); };
    pb::PodSpec spec;
    spec.set_name("web");
    auto* volume = spec.add_volumes();
    volume->set_name("keys");
    volume->set_kind(pb::PodVolume::FILES);
    pb::CreatePodResponse created;
    ASSERT_TRUE(stub_->CreatePod(make().get(), spec, &created).ok());
    EXPECT_EQ(created.id(), "p0d");
    pb::StopPodRequest stopping;
    stopping.set_pod("web");
    pb::StopPodResponse stopped;
    ASSERT_TRUE(stub_->StopPod(make().get(), stopping, &stopped).ok());
    stopping.set_timeout_seconds(0);
    ASSERT_TRUE(stub_->StopPod(make().get(), stopping, &stopped).ok());
    EXPECT_EQ(node_.taken_calls(), (std::vector<std::string>{"create pod web with 1 volumes and 0 ports",
                                                             "stop pod web in its time", "stop pod web 0"}));
    pb::InspectPodRequest inspect;
    inspect.set_pod("web");
    pb::InspectPodResponse found;
    ASSERT_TRUE(stub_->InspectPod(make().get(), inspect, &found).ok());
    EXPECT_EQ(found.summary().state(), pb::POD_DEGRADED);
    EXPECT_TRUE(found.summary().containers(0).ready());
    EXPECT_EQ(found.spec().volumes(0).files(0).path(), "token");
    EXPECT_EQ(found.spec().volumes(0).files(0).data(), "") << "a secret is not told";
    pb::ListNetworksResponse networks;
    ASSERT_TRUE(stub_->ListNetworks(make().get(), {}, &networks).ok());
    EXPECT_EQ(networks.networks(0).users(0), "web");
}

TEST_F(ApiServer, ServesVolumes) {
    pb::CreateVolumeRequest create;
    create.set_name("data");
    create.set_size_bytes(5);
    create.set_key("kbs:///a/b/c");
    pb::Volume volume;
    ASSERT_TRUE(stub_->CreateVolume(&context_, create, &volume).ok());
    EXPECT_EQ(volume.name(), "data");
    EXPECT_EQ(volume.key(), "kbs:///a/b/c");
    pb::ListVolumesResponse list;
    grpc::ClientContext second;
    ASSERT_TRUE(stub_->ListVolumes(&second, {}, &list).ok());
    EXPECT_EQ(list.volumes(0).containers(0), "a");
    pb::RemoveVolumeRequest remove;
    remove.set_volume("data");
    remove.set_force(true);
    pb::RemoveVolumeResponse removed;
    grpc::ClientContext third;
    ASSERT_TRUE(stub_->RemoveVolume(&third, remove, &removed).ok());
    EXPECT_EQ(node_.taken_calls(),
              (std::vector<std::string>{"create volume data 5", "remove volume data force"}));
    pb::InspectVolumeRequest inspect;
    inspect.set_volume("nothing");
    grpc::ClientContext fourth;
    EXPECT_EQ(stub_->InspectVolume(&fourth, inspect, &volume).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(ApiServer, KeepsDefaultsOfTheContract) {
    pb::StopContainerRequest request;
    request.set_container("web");
    pb::StopContainerResponse response;
    ASSERT_TRUE(stub_->StopContainer(&context_, request, &response).ok());
    grpc::ClientContext again;
    request.set_timeout_seconds(0);
    ASSERT_TRUE(stub_->StopContainer(&again, request, &response).ok());
    EXPECT_EQ(node_.taken_calls(), (std::vector<std::string>{"stop web 10", "stop web 0"}));
}

TEST_F(ApiServer, CancelsAWaitWhoseClientIsGone) {
    pb::WaitContainerRequest request;
    request.set_container("web");
    std::thread client([&] {
        pb::WaitContainerResponse response;
        EXPECT_EQ(stub_->WaitContainer(&context_, request, &response).error_code(),
                  grpc::StatusCode::CANCELLED);
    });
    EXPECT_TRUE(eventually([&] { return node_.waiting == 1; }));
    context_.TryCancel();
    client.join();
    EXPECT_TRUE(eventually([&] { return node_.cancelled_waits == 1; }));
}

TEST_F(ApiServer, FinishesAStartWhoseClientIsGone) {
    pb::StartContainerRequest request;
    request.set_container("web");
    std::thread client([&] {
        pb::StartContainerResponse response;
        EXPECT_EQ(stub_->StartContainer(&context_, request, &response).error_code(),
                  grpc::StatusCode::CANCELLED);
    });
    EXPECT_TRUE(eventually([&] { return has_call("starting web"); }));
    context_.TryCancel();
    client.join();
    on_strand([this] { return node_.released.set(), 0; });
    EXPECT_TRUE(eventually([&] { return has_call("started web"); }));
}

pb::AttachRequest attach_start() {
    pb::AttachRequest request;
    request.mutable_start()->set_container("web");
    request.mutable_start()->set_start_container(true);
    request.mutable_start()->set_stdin(true);
    return request;
}

pb::AttachRequest stdin_bytes(const std::string& bytes) {
    pb::AttachRequest request;
    request.set_stdin(bytes);
    return request;
}

TEST_F(ApiServer, ConnectsBothDirectionsOfAProcess) {
    auto stream = stub_->Attach(&context_);
    pb::AttachResponse response;
    stream->Write(attach_start());
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_TRUE(response.attached());
    stream->Write(stdin_bytes("hello"));
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.stdout(), "hello");
    stream->Write(stdin_bytes("!oops"));
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.stderr(), "!oops");
    pb::AttachRequest request;
    request.mutable_resize()->set_rows(24);
    request.mutable_resize()->set_columns(80);
    stream->Write(request);
    request.set_stdin_closed(true);
    stream->Write(request);
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.exit_code(), 7);
    EXPECT_FALSE(stream->Read(&response));
    EXPECT_TRUE(stream->Finish().ok());
    EXPECT_TRUE(has_call("resize 24x80"));
    EXPECT_TRUE(eventually([&] { return node_.sessions == 0; }));
}

TEST_F(ApiServer, RefusesAStreamWithoutAStart) {
    auto stream = stub_->Attach(&context_);
    stream->Write(stdin_bytes("hello"));
    pb::AttachResponse response;
    EXPECT_FALSE(stream->Read(&response));
    const auto status = stream->Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(status.error_message(), "the first message must be 'start'");
}

TEST_F(ApiServer, ReportsWhatCannotBeExecuted) {
    auto stream = stub_->Exec(&context_);
    pb::ExecRequest request;
    request.mutable_start()->set_container("web");
    request.mutable_start()->add_command("nothere");
    stream->Write(request);
    pb::ExecResponse response;
    EXPECT_FALSE(stream->Read(&response));
    const auto status = stream->Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
    EXPECT_EQ(status.error_message(), "exec: \"nothere\": executable file not found in $PATH");
}

TEST_F(ApiServer, ClosesTheSessionOfAClientThatIsGone) {
    auto stream = stub_->Attach(&context_);
    pb::AttachResponse response;
    stream->Write(attach_start());
    ASSERT_TRUE(stream->Read(&response));
    context_.TryCancel();
    EXPECT_TRUE(eventually([&] { return node_.closed_sessions == 1 && node_.sessions == 0; }));
    (void)stream->Finish();
}

TEST_F(ApiServer, SlowsAProcessWhoseClientDoesNotRead) {
    on_strand([this] { return node_.is_endless = true; });
    auto stream = stub_->Attach(&context_);
    stream->Write(attach_start());
    ASSERT_TRUE(eventually([&] { return node_.produced > 16; }));
    // Once the queue and the socket are full nothing more is produced; unbounded, it would be thousands by
    // then.
    std::uint64_t before = 0;
    EXPECT_TRUE(eventually([&] {
        const std::uint64_t now = node_.produced;
        const bool is_still = now == before;
        before = now;
        std::this_thread::sleep_for(500ms);
        return is_still;
    }));
    EXPECT_LT(node_.produced, 1000U);
    context_.TryCancel();
    (void)stream->Finish();
    EXPECT_TRUE(eventually([&] { return node_.sessions == 0; }));
}

TEST_F(ApiServer, SendsTheLogAndEndsAFollowWhenTheClientGoes) {
    pb::LogsRequest request;
    request.set_container("web");
    pb::LogsResponse line;
    auto whole = stub_->Logs(&context_, request);
    for (int i = 1; i <= 3; ++i) {
        ASSERT_TRUE(whole->Read(&line));
        EXPECT_EQ(line.time(), i);
    }
    EXPECT_FALSE(whole->Read(&line));
    EXPECT_TRUE(whole->Finish().ok());

    grpc::ClientContext following;
    request.set_follow(true);
    auto tail = stub_->Logs(&following, request);
    for (int i = 1; i <= 3; ++i) ASSERT_TRUE(tail->Read(&line));
    following.TryCancel();
    EXPECT_EQ(tail->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(ApiServer, PassesEventsOn) {
    pb::EventsRequest request;
    request.set_follow(true);
    request.set_since(1);
    auto events = stub_->Events(&context_, request);
    on_strand([this] { return node_.hub.publish({.type = "container", .action = "start", .id = "a"}), 0; });
    pb::Event event;
    ASSERT_TRUE(events->Read(&event));
    EXPECT_EQ(event.action(), "start");
    EXPECT_GT(event.time(), 0);
    context_.TryCancel();
    (void)events->Finish();
}

TEST_F(ApiServer, KeepsOnlyTheNewestProgressAndEndsWithTheImage) {
    pb::PullImageRequest request;
    request.set_reference("busybox");
    auto pull = stub_->PullImage(&context_, request);
    std::vector<pb::ImageProgress> messages;
    for (pb::ImageProgress message; pull->Read(&message);) messages.push_back(message);
    ASSERT_TRUE(pull->Finish().ok());
    ASSERT_GE(messages.size(), 2U);
    EXPECT_LT(messages.size(), 1000U);
    EXPECT_EQ(messages[messages.size() - 2].layer().phase(), pb::LayerProgress::DONE);
    EXPECT_EQ(messages.back().image().id(), "sha256:2");
}

TEST_F(ApiServer, SaysWhetherARegistryTakesALogin) {
    const auto check = [this](const std::string& registry, const std::string& password) {
        grpc::ClientContext context;
        pb::CheckLoginRequest request;
        request.set_registry(registry);
        request.mutable_credentials()->set_username("me");
        request.mutable_credentials()->set_password(password);
        pb::CheckLoginResponse response;
        return stub_->CheckLogin(&context, request, &response);
    };
    EXPECT_TRUE(check("registry.example", "right").ok());
    const auto refused = check("registry.example", "wrong");
    EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNAUTHENTICATED);
    EXPECT_EQ(refused.error_message(), "registry registry.example: not these");
    EXPECT_EQ(check("", "right").error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ApiServer, HandsChangesToTheirUseCases) {
    const auto call = [this](auto method, auto request, auto response) {
        grpc::ClientContext context;
        request.set_container("web");
        return (stub_.get()->*method)(&context, request, &response);
    };
    EXPECT_TRUE(
        call(&pb::Node::Stub::PauseContainer, pb::PauseContainerRequest(), pb::PauseContainerResponse())
            .ok());
    const auto unpaused = call(&pb::Node::Stub::UnpauseContainer, pb::UnpauseContainerRequest(),
                               pb::UnpauseContainerResponse());
    EXPECT_EQ(unpaused.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
    pb::RestartContainerRequest restart;
    restart.set_timeout_seconds(3);
    EXPECT_TRUE(call(&pb::Node::Stub::RestartContainer, restart, pb::RestartContainerResponse()).ok());
    pb::RenameContainerRequest rename;
    EXPECT_EQ(call(&pb::Node::Stub::RenameContainer, rename, pb::RenameContainerResponse()).error_message(),
              "name: must not be empty");
    rename.set_name("new");
    EXPECT_TRUE(call(&pb::Node::Stub::RenameContainer, rename, pb::RenameContainerResponse()).ok());
    pb::UpdateContainerRequest update;
    update.set_cpus(0.5);
    EXPECT_TRUE(call(&pb::Node::Stub::UpdateContainer, update, pb::UpdateContainerResponse()).ok());
    EXPECT_EQ(node_.taken_calls(),
              (std::vector<std::string>{"pause web", "restart web 3", "rename web new", "update web 0 0.5"}));
}

TEST_F(ApiServer, ListsChangesPageByPage) {
    grpc::ClientContext context;
    pb::DiffContainerRequest request;
    request.set_container("web");
    const auto reader = stub_->DiffContainer(&context, request);
    pb::DiffContainerResponse response;
    std::string paths;
    while (reader->Read(&response))
        for (const auto& change : response.changes()) paths += change.path() + " ";
    EXPECT_TRUE(reader->Finish().ok());
    EXPECT_EQ(paths, "/a /a/b /c ");
}

TEST_F(ApiServer, PassesWordsThatAreNoText) {
    grpc::ClientContext context;
    pb::TopContainerRequest request;
    request.set_container("web");
    pb::TopContainerResponse response;
    ASSERT_TRUE(stub_->TopContainer(&context, request, &response).ok());
    EXPECT_EQ(response.processes(0).command(1), "\xfe");
}

TEST_F(ApiServer, CopiesAnArchiveOut) {
    grpc::ClientContext context;
    pb::CopyFromRequest request;
    request.set_container("web");
    request.set_path("/etc");
    request.set_name("x");
    const auto reader = stub_->CopyFrom(&context, request);
    pb::CopyFromResponse response;
    std::string all;
    while (reader->Read(&response)) all += response.data();
    EXPECT_TRUE(reader->Finish().ok());
    EXPECT_EQ(all, "piecepiece");
    EXPECT_EQ(node_.taken_calls(), std::vector<std::string>{"copy from web /etc x"});
}

TEST_F(ApiServer, CopiesAnArchiveIn) {
    const auto copy = [this](const std::vector<std::string>& pieces, bool finishes) {
        grpc::ClientContext context;
        const auto stream = stub_->CopyTo(&context);
        pb::CopyToRequest request;
        request.mutable_start()->set_container("web");
        request.mutable_start()->set_folder("/tmp");
        stream->Write(request);
        for (const auto& piece : pieces) {
            request.set_data(piece);
            stream->Write(request);
        }
        request.set_finish(true);
        if (finishes) stream->Write(request);
        stream->WritesDone();
        pb::CopyToResponse response;
        const bool is_answered = stream->Read(&response);
        const auto status = stream->Finish();
        return is_answered ? std::to_string(response.entries()) : status.error_message();
    };
    EXPECT_EQ(copy({"abc", "de"}, true), "5");
    EXPECT_EQ(copy({"bad"}, true), "not a tar archive");
    EXPECT_EQ(copy({"abc"}, false), "the client went away before the end of the archive");
    EXPECT_EQ(std::ranges::count(node_.taken_calls(), "close"), 2);
}

TEST_F(ApiServer, StopEndsStreamsAndLetsChangesFinish) {
    auto attached = stub_->Attach(&context_);
    pb::AttachResponse response;
    attached->Write(attach_start());
    ASSERT_TRUE(attached->Read(&response));
    grpc::Status start_status;
    std::thread starting([&] {
        grpc::ClientContext context;
        pb::StartContainerRequest request;
        request.set_container("web");
        pb::StartContainerResponse started;
        start_status = stub_->StartContainer(&context, request, &started);
    });
    ASSERT_TRUE(eventually([&] { return has_call("starting web"); }));
    auto stopping = std::async(std::launch::async, [this] { return stop(/*release=*/false); });
    EXPECT_FALSE(attached->Read(&response));
    EXPECT_EQ(attached->Finish().error_message(), "the daemon is shutting down");
    EXPECT_FALSE(has_call("started web"));
    on_strand([this] { return node_.released.set(), 0; });
    EXPECT_TRUE(stopping.get());
    starting.join();
    EXPECT_TRUE(start_status.ok()) << start_status.error_message();
    EXPECT_FALSE(std::filesystem::exists(socket_));
}

TEST_F(ApiServer, ItsSocketIsForRootAndTheGroupAlone) {
    struct stat status{};
    ASSERT_EQ(::stat(socket_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0660U);
}

/// A socket as a service manager makes one: it listens before the daemon is there.
UniqueFd listen_on(const std::filesystem::path& path) {
    UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    std::ranges::copy(path.string(), std::begin(address.sun_path));
    EXPECT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener.get(), 8), 0);
    return listener;
}

TEST_F(ApiServer, ServesASocketThatListensAlreadyAndLeavesItInPlace) {
    const auto path = folder_ / "passed.sock";
    ServerOptions options{.socket = path, .group = "", .listener = listen_on(path)};
    auto stub =
        pb::Node::NewStub(grpc::CreateChannel("unix:" + path.string(), grpc::InsecureChannelCredentials()));
    auto early = std::async(std::launch::async, [&] {
        grpc::ClientContext context;
        context.set_wait_for_ready(true);
        pb::NodeInfo info;
        return stub->GetNodeInfo(&context, {}, &info).ok();
    });
    auto server = on_strand([&] { return Server::start(io_.get_executor(), node_, std::move(options)); });
    ASSERT_TRUE(server) << server.error().message;
    EXPECT_TRUE(early.get());
    std::promise<Status> stopped;
    asio::co_spawn(io_, (*server)->stop(60s),
                   [&](const std::exception_ptr&, Status status) { stopped.set_value(std::move(status)); });
    EXPECT_TRUE(stopped.get_future().get());
    EXPECT_TRUE(std::filesystem::is_socket(path)) << "it is not ours to remove";
    on_strand([&] { return server->reset(), 0; });
}

TEST_F(ApiServer, RefusesToReplaceAServingDaemon) {
    const auto second =
        on_strand([this] { return Server::start(io_.get_executor(), node_, ServerOptions{socket_, ""}); });
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error(), (Error{Code::already_exists, "another redoubtd serves " + socket_.string()}));
}

TEST_F(ApiServer, SaysWhyItCannotListen) {
    const auto start = [&](ServerOptions options) {
        return on_strand([&] { return Server::start(io_.get_executor(), node_, std::move(options)); })
            .error();
    };
    EXPECT_EQ(start({folder_ / "none" / "s", ""}),
              (Error{Code::not_found,
                     "make a socket in " + (folder_ / "none").string() + ": No such file or directory"}));
    EXPECT_EQ(start({folder_ / "s", "no-such-group"}).code, Code::invalid_argument);
    EXPECT_EQ(start({folder_ / std::string(120, 'x'), ""}).code, Code::invalid_argument);
}

} // namespace
} // namespace redoubt::node::api
