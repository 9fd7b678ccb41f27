// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What containers of a confidential guest may ask their agent for: secrets of its broker's, a token,
/// evidence. HTTP on 127.0.0.1:8006 of the network namespace that the pod's containers share. Each request is
/// of the container whose process made the connection's socket, and the policy of initdata decides it, for
/// that container. docs/formats/workload-api.md
///
///     RDT_CO_TRY(auto api, WorkloadApi::listen(executor, std::move(parts)));
///     api->start();

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "common/base/strong_id.hpp"
#include "common/http/server.hpp"
#include "common/netlink/socket.hpp"
#include "guest-image/attester/attester.hpp"
#include "guest-image/key_release/resource_source.hpp"
#include "guest-image/key_release/token_source.hpp"
#include "guest-image/policy/gate.hpp"
#include "guest-image/workload_api/api_request.hpp"

namespace redoubt::guest::workload_api {

/// Source: Confidential Containers, api-server-rest.
inline constexpr const char* k_endpoint = "127.0.0.1:8006";

/// A container that has asked.
struct Caller {
    ContainerId id;
    std::string name; ///< in its pod, as it was allowed; empty: it has none
};

/// Whose a control group is. Errors: not_found nobody's.
using FindCaller = std::function<Result<Caller>(std::uint64_t cgroup)>;
/// Which control group has made the client's end of a connection from this port.
using FindCgroup = std::function<Result<std::uint64_t>(std::uint16_t client_port)>;

/// Everything borrowed outlives the API.
struct WorkloadParts {
    std::string tee; ///< "snp", "tdx"
    bool is_simulation = false;
    policy::Gate* gate = nullptr;
    attester::Attester* attester = nullptr;
    key_release::ResourceSource* resources = nullptr;
    key_release::TokenSource* tokens = nullptr; ///< null: no broker is named
    FindCaller find_caller;
    FindCgroup find_cgroup; ///< empty: the kernel is asked
    std::string endpoint = k_endpoint;
    Duration patience = std::chrono::seconds(50); ///< for one answer. Source: what peers' clients wait
};

/// Thread: one strand. Lifetime: outlives its requests.
class WorkloadApi {
  public:
    /// Errors: unavailable the port is taken; of netlink.
    [[nodiscard]] static Result<std::unique_ptr<WorkloadApi>> listen(const asio::any_io_executor& executor,
                                                                     WorkloadParts parts);
    WorkloadApi(const WorkloadApi&) = delete;
    WorkloadApi& operator=(const WorkloadApi&) = delete;
    WorkloadApi(WorkloadApi&&) = delete;
    WorkloadApi& operator=(WorkloadApi&&) = delete;
    ~WorkloadApi();

    [[nodiscard]] std::uint16_t port() const { return server_->port(); }
    void start() { server_->start(); }
    asio::awaitable<void> stop() { return server_->stop(std::chrono::seconds(1)); }

    /// One answer; what a failure says goes to the container, and to the log without any value.
    asio::awaitable<http::ServerResponse> answer(http::ServerRequest request);

  private:
    explicit WorkloadApi(WorkloadParts parts) : parts_(std::move(parts)) {}
    Result<Caller> find_caller(const http::Peer& peer);
    Status admit(const ApiRequest& wanted, const http::ServerRequest& request, const Caller& caller);
    Task<http::ServerResponse> serve(http::ServerRequest request);
    Task<http::ServerResponse> fulfil(ApiRequest wanted, Caller caller);
    Task<http::ServerResponse> give_resource(std::string path);
    Task<http::ServerResponse> give_token();
    Task<http::ServerResponse> give_evidence(std::string runtime_data, ContainerId container);
    Task<http::ServerResponse> note_event(tee::RuntimeEvent event);
    [[nodiscard]] http::ServerResponse info() const;

    class Turn;

    WorkloadParts parts_;
    std::unique_ptr<netlink::Socket> kernel_;
    std::unique_ptr<http::Server> server_;
    std::map<ContainerId, unsigned> under_way_; ///< requests of each container
};

} // namespace redoubt::guest::workload_api
