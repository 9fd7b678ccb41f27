// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/grpc/server.hpp"

#include <grpcpp/grpcpp.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <thread>

#include "common/async/event.hpp"
#include "common/rpc/tls_13_only.hpp"
#include "services/grpc/service.hpp"

namespace redoubt::services::rpc {
namespace {

constexpr int k_streams_of_connection = 32;
constexpr std::size_t k_memory = 64U << 20U; ///< of all messages that are on their way in
constexpr std::chrono::minutes k_connection_age{10};

int milliseconds(Duration time) {
    const auto count = std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
    return static_cast<int>(std::min<std::int64_t>(count, std::numeric_limits<int>::max()));
}

std::shared_ptr<::grpc::ServerCredentials> credentials_of(const http::ServerIdentity& identity) {
    ::grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    options.pem_root_certs = identity.client_authorities;
    options.pem_key_cert_pairs.push_back({identity.private_key, identity.certificate_chain});
    return ::grpc::SslServerCredentials(options);
}

/// What a connection may cost. One that never sends a whole request ends with its age.
void bound(::grpc::ServerBuilder& builder, const http::ServerLimits& limits) {
    builder.SetMaxReceiveMessageSize(static_cast<int>(limits.body_bytes));
    builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, static_cast<int>(limits.header_bytes));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, k_streams_of_connection);
    builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, milliseconds(limits.handshake));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, milliseconds(limits.body));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, milliseconds(k_connection_age));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, milliseconds(limits.body));
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    ::grpc::ResourceQuota quota("redoubt-kbs");
    quota.Resize(k_memory);
    builder.SetResourceQuota(quota);
}

class GrpcServer final : public Server {
  public:
    GrpcServer(asio::any_io_executor executor, Calls::Parts parts, CallLimits limits)
        : in_flight_(std::move(executor)), calls_(std::move(parts), limits),
          attestation_(make_attestation_service(calls_, in_flight_)),
          references_(make_reference_service(calls_, in_flight_)) {}

    Status listen(const ServerOptions& options) {
        if (options.identity.certificate_chain.empty() || options.identity.client_authorities.empty())
            return fail(Code::invalid_argument, "gRPC: neither without a certificate nor without the "
                                                "authorities of its clients");
        ::grpc::ServerBuilder builder;
        builder.AddListeningPort(options.listen, credentials_of(options.identity), &port_);
        builder.RegisterService(attestation_.get());
        builder.RegisterService(references_.get());
        bound(builder, options.limits);
        {
            RDT_TRY(const auto only, redoubt::rpc::Tls13Only::begin());
            server_ = builder.BuildAndStart();
        }
        if (server_ == nullptr || port_ == 0)
            return fail(Code::unavailable,
                        "gRPC: listen on {}: the address cannot be had, or the certificates are wrong",
                        options.listen);
        return {};
    }

    [[nodiscard]] std::uint16_t port() const override { return static_cast<std::uint16_t>(port_); }

    Task<void> stop(std::chrono::milliseconds grace) override {
        in_flight_.close();
        // Shutdown() waits for calls, which end on this strand: it must not be waited for here.
        std::thread closing([this, deadline = std::chrono::system_clock::now() + grace] {
            server_->Shutdown(deadline);
            asio::post(in_flight_.executor(), [this] { is_shut_.set(); });
        });
        const auto ended = co_await within(grace + std::chrono::seconds(1), "gRPC calls in flight", join());
        if (!ended) {
            closing.detach(); // the process exits; see the contract
            co_return std::unexpected(ended.error());
        }
        closing.join();
        co_return Status();
    }

  private:
    Task<void> join() {
        co_await is_shut_.wait();
        co_await in_flight_.join();
        co_return Status();
    }

    CallsInFlight in_flight_;
    Calls calls_;
    AsyncEvent is_shut_{in_flight_.executor()};
    std::unique_ptr<::grpc::Service> attestation_;
    std::unique_ptr<::grpc::Service> references_;
    int port_ = 0;
    std::unique_ptr<::grpc::Server> server_;
};

} // namespace

Result<std::unique_ptr<Server>> Server::start(asio::any_io_executor executor, Calls::Parts parts,
                                              CallLimits limits, const ServerOptions& options) {
    // The service starts no other programs, and gRPC need not be ready for that.
    ::setenv("GRPC_ENABLE_FORK_SUPPORT", "0", /*overwrite=*/0); // NOLINT(concurrency-mt-unsafe)
    auto server = std::make_unique<GrpcServer>(std::move(executor), std::move(parts), limits);
    RDT_CHECK(server->listen(options));
    return server;
}

} // namespace redoubt::services::rpc
