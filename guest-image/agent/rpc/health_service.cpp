// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/rpc/agent_service.hpp"
#include "health.pb.h"

namespace redoubt::guest::rpc {

namespace {

constexpr const char* k_service = "grpc.Health";
/// Kata has never counted it up.
constexpr const char* k_api_version = "0.0.1";

} // namespace

void add_health_service(ttrpc::Server& server) {
    server.add_message<grpc::CheckRequest, grpc::HealthCheckResponse>(
        k_service, "Check",
        [](const grpc::CheckRequest&, const ttrpc::CallContext&) -> Task<grpc::HealthCheckResponse> {
            grpc::HealthCheckResponse response;
            response.set_status(grpc::HealthCheckResponse::SERVING);
            co_return response;
        });
    server.add_message<grpc::CheckRequest, grpc::VersionCheckResponse>(
        k_service, "Version",
        [](const grpc::CheckRequest&, const ttrpc::CallContext&) -> Task<grpc::VersionCheckResponse> {
            grpc::VersionCheckResponse response;
            response.set_grpc_version(k_api_version);
            response.set_agent_version(REDOUBT_VERSION);
            co_return response;
        });
}

} // namespace redoubt::guest::rpc
