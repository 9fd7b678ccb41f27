// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// An external plugin for tests: plugin_server ADDRESS [CERTIFICATE KEY CLIENT_AUTHORITIES]. The first
/// segment of a path says how it behaves: "secret", "plain", "admin", "slow", "large", "status", "fails",
/// "odd". It prints its port, and every request that reaches Handle.

#include <grpcpp/grpcpp.h>
#include <grpcpp/security/server_credentials.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <thread>

#include "trust/plugin.grpc.pb.h"

namespace {

namespace pb = ::kbs::plugin::v1;

template <class Request>
std::string way_of(const Request& request) {
    return request.path_size() == 0 ? "" : request.path(0);
}

class Plugin final : public pb::KbsPlugin::Service {
  public:
    ::grpc::Status Handle(::grpc::ServerContext* /*context*/, const pb::PluginRequest* request,
                          pb::PluginResponse* response) override {
        const auto way = way_of(*request);
        std::cout << "handle " << request->method() << " " << way << std::endl;
        if (way == "slow") std::this_thread::sleep_for(std::chrono::seconds(3));
        if (way == "fails") return {::grpc::StatusCode::INTERNAL, "a secret of the plugin's inside"};
        std::string body = request->method();
        for (const auto& segment : request->path()) body += "/" + segment;
        for (const auto& [name, value] : request->query()) body += "?" + name + "=" + value;
        body += ":" + request->body();
        if (way == "large") body.assign(2U << 20U, 'x');
        response->set_body(body);
        response->set_status_code(way == "status" ? 418 : way == "odd" ? 99 : 200);
        response->set_content_type(way == "secret" ? "bad\r\ntype: x" : "text/plain");
        return ::grpc::Status::OK;
    }
    ::grpc::Status ValidateAuth(::grpc::ServerContext* /*context*/, const pb::ValidateAuthRequest* request,
                                pb::ValidateAuthResponse* response) override {
        response->set_requires_admin_auth(way_of(*request) == "admin");
        return ::grpc::Status::OK;
    }
    ::grpc::Status NeedsEncryption(::grpc::ServerContext* /*context*/,
                                   const pb::NeedsEncryptionRequest* request,
                                   pb::NeedsEncryptionResponse* response) override {
        response->set_requires_payload_encryption(way_of(*request) != "plain");
        return ::grpc::Status::OK;
    }
};

std::string content_of(const char* file) {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 2 && argc != 5) return 2;
    std::shared_ptr<::grpc::ServerCredentials> credentials = ::grpc::InsecureServerCredentials();
    if (argc == 5) {
        ::grpc::SslServerCredentialsOptions options(
            GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
        options.pem_key_cert_pairs.push_back({content_of(argv[3]), content_of(argv[2])});
        options.pem_root_certs = content_of(argv[4]);
        credentials = ::grpc::SslServerCredentials(options);
    }
    Plugin plugin;
    int port = 0;
    ::grpc::ServerBuilder builder;
    builder.AddListeningPort(argv[1], credentials, &port);
    builder.RegisterService(&plugin);
    const auto server = builder.BuildAndStart();
    if (!server) return 1;
    std::cout << "port " << port << std::endl;
    server->Wait();
    return 0;
}
