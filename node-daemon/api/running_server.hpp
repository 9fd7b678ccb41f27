// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/service_type.h>

#include <memory>
#include <vector>

#include "common/async/event.hpp"
#include "node-daemon/api/admission.hpp"
#include "node-daemon/api/call_registry.hpp"
#include "node-daemon/api/server.hpp"

namespace redoubt::node::api {

/// A gRPC server whose calls run on the main strand, and how it ends. Thread: main strand.
class RunningServer : public Server {
  public:
    Task<void> stop(std::chrono::milliseconds grace) override;

  protected:
    explicit RunningServer(asio::any_io_executor executor) : registry_(std::move(executor)) {}

    [[nodiscard]] CallRegistry& registry() { return registry_; }
    void add(std::unique_ptr<grpc::Service> service) { services_.push_back(std::move(service)); }
    /// What is served beside the node, as far as it is there.
    void add_services_beside(const NodeParts& parts, Gate& gate);
    /// Null: it cannot be served.
    grpc::Server* build(grpc::ServerBuilder& builder) {
        for (const auto& service : services_) builder.RegisterService(service.get());
        server_ = builder.BuildAndStart();
        return server_.get();
    }

  private:
    Task<void> join();

    CallRegistry registry_;
    AsyncEvent is_shut_{registry_.executor()};
    std::vector<std::unique_ptr<grpc::Service>> services_;
    std::unique_ptr<grpc::Server> server_;
};

} // namespace redoubt::node::api
