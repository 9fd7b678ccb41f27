// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/api/remote_server.hpp"

#include <grpcpp/grpcpp.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>

#include <cstdlib>

#include "common/log/log.hpp"
#include "common/rpc/tls_13_only.hpp"
#include "node-daemon/api/remote_gate.hpp"
#include "node-daemon/api/running_server.hpp"
#include "node-daemon/api/service.hpp"

namespace redoubt::node::api {
namespace {

// What a peer may cost before and after it has said who it is.
constexpr int k_handshake_ms = 10'000;
constexpr int k_idle_ms = 5 * 60'000;
constexpr int k_ping_every_ms = 30'000; ///< of a connection with calls: a peer that was unplugged is noticed
constexpr int k_ping_answer_ms = 20'000;
constexpr int k_least_ping_gap_ms = 10'000; ///< that clients keep
constexpr int k_streams_of_connection = 100;
constexpr int k_metadata_bytes = 16 * 1024;
constexpr std::size_t k_memory = 128U << 20U; ///< of messages that are on their way in
constexpr int k_threads = 64;

void bound(grpc::ServerBuilder& builder) {
    builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, k_handshake_ms);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, k_idle_ms);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, k_ping_every_ms);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, k_ping_answer_ms);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, k_least_ping_gap_ms);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, k_streams_of_connection);
    builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, k_metadata_bytes);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    grpc::ResourceQuota quota("redoubtd remote");
    quota.Resize(k_memory);
    quota.SetMaxThreads(k_threads);
    builder.SetResourceQuota(quota);
}

/// A client proves that it has its certificate's key; whether anybody knows the certificate, the gate
/// decides, since a client that is to be paired shows one that nobody knows.
std::shared_ptr<grpc::ServerCredentials> credentials_of(const access::Identity& identity) {
    grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_BUT_DONT_VERIFY);
    options.pem_key_cert_pairs.push_back({std::string(identity.key.view()), identity.certificate});
    return grpc::SslServerCredentials(options);
}

class TlsServer final : public RunningServer {
  public:
    TlsServer(asio::any_io_executor executor, const NodeParts& parts,
              std::shared_ptr<const access::Identity> identity, RemoteServerOptions options)
        : RunningServer(std::move(executor)), options_(std::move(options)), gate_(*parts.access, *parts.pool),
          identity_(std::move(identity)) {
        add(make_node_service(*parts.node, registry(), gate_, options_.stop_timeout));
        add_services_beside(parts, gate_);
    }

    Status listen() {
        grpc::ServerBuilder builder;
        int port = 0;
        builder.AddListeningPort(options_.listen, credentials_of(*identity_), &port);
        bound(builder);
        RDT_TRY(const auto only, redoubt::rpc::Tls13Only::begin());
        if (build(builder) == nullptr || port == 0)
            return fail(
                Code::unavailable,
                "remote.listen: {} cannot be had: another program listens there, or the host has no such "
                "address",
                options_.listen);
        log::info("reached from outside", {{"LISTEN", options_.listen},
                                           {"PORT", std::to_string(port)},
                                           {"FINGERPRINT", identity_->fingerprint.str()}});
        return {};
    }

  private:
    RemoteServerOptions options_;
    RemoteGate gate_;
    std::shared_ptr<const access::Identity> identity_;
};

} // namespace

Result<std::unique_ptr<Server>> RemoteServer::start(asio::any_io_executor executor, const NodeParts& parts,
                                                    RemoteServerOptions options) {
    ::setenv("GRPC_ENABLE_FORK_SUPPORT", "0", /*overwrite=*/0); // NOLINT(concurrency-mt-unsafe)
    RDT_TRY(auto identity, parts.access->identity());
    auto server =
        std::make_unique<TlsServer>(std::move(executor), parts, std::move(identity), std::move(options));
    RDT_CHECK(server->listen());
    return server;
}

} // namespace redoubt::node::api
