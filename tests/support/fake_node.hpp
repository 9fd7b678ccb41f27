// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A node that is only its API: serves on a unix socket what a test told it.

#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <mutex>
#include <thread>

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QEventLoop>

#include "redoubt/node/v1/node.grpc.pb.h"

namespace redoubt::test {

namespace pb = redoubt::node::v1;

/// Lets the application go on until something holds, at most 20 s. Whether it holds.
template <class Condition>
bool eventually(Condition condition) {
    QElapsedTimer timer;
    timer.start();
    while (!condition()) {
        if (timer.elapsed() > 20'000) return false;
        QCoreApplication::processEvents(QEventLoop::AllEvents, 10);
    }
    return true;
}

class FakeNode final : public pb::Node::Service {
  public:
    explicit FakeNode(std::string socket) : socket_(std::move(socket)) {}
    ~FakeNode() override { stop(); }
    FakeNode(const FakeNode&) = delete;
    FakeNode& operator=(const FakeNode&) = delete;

    void start() {
        grpc::ServerBuilder builder;
        builder.AddListeningPort("unix:" + socket_, grpc::InsecureServerCredentials());
        builder.RegisterService(this);
        is_stopping_ = false;
        server_ = builder.BuildAndStart();
    }
    /// At a port of this machine by TLS, as nodes elsewhere do. The address.
    std::string start_elsewhere(const std::string& certificate, const std::string& key) {
        grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_BUT_DONT_VERIFY);
        options.pem_key_cert_pairs.push_back({key, certificate});
        grpc::ServerBuilder builder;
        int port = 0;
        builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(options), &port);
        builder.RegisterService(this);
        is_stopping_ = false;
        server_ = builder.BuildAndStart();
        return "127.0.0.1:" + std::to_string(port);
    }
    void stop() {
        if (!server_) return;
        is_stopping_ = true;
        server_->Shutdown(std::chrono::system_clock::now());
        server_->Wait();
        server_.reset();
        std::filesystem::remove(socket_);
    }
    [[nodiscard]] std::string address() const { return "unix:" + socket_; }

    /// What it has; for the test's thread.
    template <class Change>
    void change(Change change) {
        const std::scoped_lock lock(mutex_);
        change(*this);
    }

    pb::ListContainersResponse containers;
    pb::ListPodsResponse pods;
    pb::ListImagesResponse images;
    pb::ContainerStatsResponse stats;
    pb::InspectContainerResponse inspected;
    std::vector<pb::LogsResponse> log;
    std::vector<std::string> calls; ///< "stop abc"

    [[nodiscard]] std::vector<std::string> seen() {
        const std::scoped_lock lock(mutex_);
        return calls;
    }

    grpc::Status GetNodeInfo(grpc::ServerContext*, const pb::GetNodeInfoRequest*,
                             pb::NodeInfo* out) override {
        out->set_version("1.2.3");
        out->set_hostname("fake");
        out->set_kernel("6.12");
        out->set_accelerator("kvm");
        out->set_cpus(4);
        out->set_memory_bytes(8ULL << 30U);
        return grpc::Status::OK;
    }
    grpc::Status ListContainers(grpc::ServerContext*, const pb::ListContainersRequest*,
                                pb::ListContainersResponse* out) override {
        const std::scoped_lock lock(mutex_);
        *out = containers;
        return grpc::Status::OK;
    }
    grpc::Status ListPods(grpc::ServerContext*, const pb::ListPodsRequest*,
                          pb::ListPodsResponse* out) override {
        const std::scoped_lock lock(mutex_);
        *out = pods;
        return grpc::Status::OK;
    }
    grpc::Status ContainerStats(grpc::ServerContext*, const pb::ContainerStatsRequest*,
                                pb::ContainerStatsResponse* out) override {
        const std::scoped_lock lock(mutex_);
        *out = stats;
        return grpc::Status::OK;
    }
    grpc::Status ListImages(grpc::ServerContext*, const pb::ListImagesRequest*,
                            pb::ListImagesResponse* out) override {
        const std::scoped_lock lock(mutex_);
        *out = images;
        return grpc::Status::OK;
    }
    grpc::Status InspectContainer(grpc::ServerContext*, const pb::InspectContainerRequest*,
                                  pb::InspectContainerResponse* out) override {
        const std::scoped_lock lock(mutex_);
        *out = inspected;
        return grpc::Status::OK;
    }
    grpc::Status StopContainer(grpc::ServerContext*, const pb::StopContainerRequest* request,
                               pb::StopContainerResponse*) override {
        const std::scoped_lock lock(mutex_);
        calls.push_back("stop " + request->container());
        return grpc::Status::OK;
    }
    grpc::Status StartContainer(grpc::ServerContext*, const pb::StartContainerRequest* request,
                                pb::StartContainerResponse*) override {
        const std::scoped_lock lock(mutex_);
        calls.push_back("start " + request->container());
        return {grpc::StatusCode::FAILED_PRECONDITION, "the node is drained"};
    }
    grpc::Status RemoveContainer(grpc::ServerContext*, const pb::RemoveContainerRequest* request,
                                 pb::RemoveContainerResponse*) override {
        const std::scoped_lock lock(mutex_);
        calls.push_back("remove " + request->container());
        return grpc::Status::OK;
    }
    grpc::Status Logs(grpc::ServerContext* context, const pb::LogsRequest*,
                      grpc::ServerWriter<pb::LogsResponse>* out) override {
        for (const auto& line : log)
            if (!out->Write(line)) return grpc::Status::CANCELLED;
        while (!context->IsCancelled() && !is_stopping_)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return grpc::Status::CANCELLED;
    }
    grpc::Status Events(grpc::ServerContext* context, const pb::EventsRequest* request,
                        grpc::ServerWriter<pb::Event>* out) override {
        {
            const std::scoped_lock lock(mutex_);
            calls.push_back("events");
        }
        pb::Event event;
        event.set_time(request->since() + 1);
        event.set_type("container");
        event.set_action("start");
        out->Write(event);
        while (!context->IsCancelled() && !is_stopping_)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return grpc::Status::CANCELLED;
    }
    /// Says what it is told, until it is told "exit\r".
    grpc::Status Exec(grpc::ServerContext*,
                      grpc::ServerReaderWriter<pb::ExecResponse, pb::ExecRequest>* stream) override {
        pb::ExecRequest request;
        while (stream->Read(&request)) {
            pb::ExecResponse response;
            if (request.has_start()) response.set_started(true);
            if (request.has_resize())
                response.set_stdout(std::to_string(request.resize().rows()) + "x" +
                                    std::to_string(request.resize().columns()));
            if (request.message_case() == pb::ExecRequest::kStdin) response.set_stdout(request.stdin());
            if (request.stdin() == "exit\r") response.set_exit_code(3);
            stream->Write(response);
            if (request.stdin() == "exit\r") break;
        }
        return grpc::Status::OK;
    }

  private:
    std::string socket_;
    std::mutex mutex_;
    std::atomic<bool> is_stopping_ = false;
    std::unique_ptr<grpc::Server> server_;
};

/// A socket's path of this process's own.
inline std::string socket_path(const std::string& name) {
    return "/tmp/redoubt-gui-" + std::to_string(getpid()) + "-" + name + ".sock";
}

} // namespace redoubt::test
