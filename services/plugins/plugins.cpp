// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/plugins/plugins.hpp"

#include <grpcpp/grpcpp.h>
#include <grpcpp/security/credentials.h>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "common/async/event.hpp"
#include "trust/plugin.grpc.pb.h"

namespace redoubt::services::plugins {
namespace {

namespace pb = ::kbs::plugin::v1;
using Async = pb::KbsPlugin::StubInterface::async_interface;

constexpr int k_first_backoff_ms = 100;
constexpr int k_longest_backoff_ms = 1000;

/// One plugin. gRPC's client knows to connect again.
struct Plugin {
    Endpoint endpoint;
    std::unique_ptr<pb::KbsPlugin::Stub> stub;
    std::size_t calls = 0; ///< in flight
};

/// What gRPC works on until it calls back; it may outlive who asked.
struct ExchangeBase {
    explicit ExchangeBase(const asio::any_io_executor& executor) : done(executor) {}
    ::grpc::ClientContext context;
    ::grpc::Status status;
    AsyncEvent done;
};
template <class Request, class Response>
struct Exchange : ExchangeBase {
    using ExchangeBase::ExchangeBase;
    Request request;
    Response response;
};
template <class Request, class Response>
using Method = void (Async::*)(::grpc::ClientContext*, const Request*, Response*,
                               std::function<void(::grpc::Status)>);

template <class Request>
Request request_of(PluginCall call) {
    Request request;
    request.set_method(std::move(call.method));
    for (auto& segment : call.path) request.add_path(std::move(segment));
    for (const auto& [name, value] : call.query) (*request.mutable_query())[name] = value;
    request.set_body(std::move(call.body));
    return request;
}

Error error_of(const std::string& name, const ::grpc::Status& status) {
    const auto code = status.error_code() == ::grpc::StatusCode::DEADLINE_EXCEEDED ? Code::deadline_exceeded
                      : status.error_code() == ::grpc::StatusCode::RESOURCE_EXHAUSTED
                          ? Code::resource_exhausted
                          : Code::unavailable;
    return {code, std::format("plugin {}: {}", name, status.error_message())};
}

bool is_content_type(std::string_view text) {
    constexpr std::size_t k_longest = 100;
    return !text.empty() && text.size() <= k_longest &&
           std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

class GrpcPlugins final : public Plugins {
  public:
    GrpcPlugins(asio::any_io_executor executor, PluginSettings settings)
        : executor_(std::move(executor)), settings_(std::move(settings)), idle_(executor_) {}

    Status add(const Endpoint& endpoint) {
        if (plugins_.contains(endpoint.name))
            return fail(Code::invalid_argument, "plugin {}: named twice", endpoint.name);
        const bool has_identity = !settings_.authorities.empty() && !settings_.certificate_chain.empty() &&
                                  !settings_.private_key.empty();
        if (!endpoint.is_socket && !has_identity)
            return fail(Code::invalid_argument,
                        "plugin {}: elsewhere it needs authorities, a certificate and a key", endpoint.name);
        plugins_.emplace(endpoint.name, Plugin{endpoint, pb::KbsPlugin::NewStub(channel_to(endpoint)), 0});
        return {};
    }

    [[nodiscard]] bool has(std::string_view name) const override { return plugins_.contains(name); }

    Task<bool> needs_administrator(std::string name, PluginCall call) override {
        RDT_CO_TRY(const auto response, co_await ask<pb::ValidateAuthResponse>(
                                            std::move(name), &Async::ValidateAuth,
                                            request_of<pb::ValidateAuthRequest>(std::move(call))));
        co_return response.requires_admin_auth();
    }
    Task<PluginAnswer> handle(std::string name, PluginCall call) override {
        RDT_CO_TRY(auto response, co_await ask<pb::PluginResponse>(
                                      name, &Async::Handle, request_of<pb::PluginRequest>(std::move(call))));
        const auto status = response.status_code();
        if (status < 200 || status > 599)
            co_return fail(Code::invalid_argument, "plugin {}: a status {}", name, status);
        auto type = is_content_type(response.content_type()) ? response.content_type()
                                                             : std::string("application/octet-stream");
        co_return PluginAnswer{static_cast<unsigned>(status), std::move(type),
                               std::move(*response.mutable_body())};
    }
    Task<bool> needs_encryption(std::string name, PluginCall call) override {
        RDT_CO_TRY(const auto response, co_await ask<pb::NeedsEncryptionResponse>(
                                            std::move(name), &Async::NeedsEncryption,
                                            request_of<pb::NeedsEncryptionRequest>(std::move(call))));
        co_return response.requires_payload_encryption();
    }

    asio::awaitable<void> stop() override {
        for (auto* exchange : in_flight_) exchange->context.TryCancel();
        while (!in_flight_.empty()) co_await idle_.wait();
    }

  private:
    std::shared_ptr<::grpc::Channel> channel_to(const Endpoint& endpoint) const {
        ::grpc::ChannelArguments arguments;
        arguments.SetMaxReceiveMessageSize(static_cast<int>(settings_.answer_bytes));
        arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
        arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, k_first_backoff_ms);
        arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, k_longest_backoff_ms);
        if (endpoint.is_socket)
            return ::grpc::CreateCustomChannel("unix:" + endpoint.address,
                                               ::grpc::InsecureChannelCredentials(), arguments);
        ::grpc::SslCredentialsOptions identity;
        identity.pem_root_certs = settings_.authorities;
        identity.pem_cert_chain = settings_.certificate_chain;
        identity.pem_private_key = settings_.private_key;
        return ::grpc::CreateCustomChannel(endpoint.address, ::grpc::SslCredentials(identity), arguments);
    }

    template <class Response, class Request>
    Task<Response> ask(std::string name, Method<Request, Response> method, Request request) {
        const auto found = plugins_.find(name);
        if (found == plugins_.end()) co_return fail(Code::not_found, "no plugin '{}'", name);
        auto& plugin = found->second;
        if (plugin.calls >= settings_.calls)
            co_return fail(Code::resource_exhausted, "plugin {}: {} calls at once", name, plugin.calls);
        if (plugin.endpoint.is_socket)
            RDT_CO_CHECK(check_socket(plugin.endpoint.address).transform_error(context("plugin {}", name)));
        // Shared with gRPC's thread, which calls back also when nobody waits any more.
        auto exchange = std::make_shared<Exchange<Request, Response>>(executor_);
        exchange->request = std::move(request);
        exchange->context.set_deadline(std::chrono::system_clock::now() + settings_.timeout);
        ++plugin.calls;
        in_flight_.insert(exchange.get());
        (plugin.stub->async()->*method)(&exchange->context, &exchange->request, &exchange->response,
                                        [this, &plugin, exchange](::grpc::Status status) {
                                            exchange->status = std::move(status);
                                            asio::post(executor_,
                                                       [this, &plugin, exchange] { end(plugin, *exchange); });
                                        });
        co_await exchange->done.wait();
        if (!exchange->done.is_set()) {
            exchange->context.TryCancel();
            co_return fail(Code::cancelled, "plugin {}: cancelled", name);
        }
        if (!exchange->status.ok()) co_return std::unexpected(error_of(name, exchange->status));
        co_return std::move(exchange->response);
    }

    void end(Plugin& plugin, ExchangeBase& exchange) {
        --plugin.calls;
        in_flight_.erase(&exchange);
        exchange.done.set();
        if (in_flight_.empty()) idle_.pulse();
    }

    asio::any_io_executor executor_;
    PluginSettings settings_;
    std::map<std::string, Plugin, std::less<>> plugins_;
    std::set<ExchangeBase*> in_flight_;
    AsyncEvent idle_;
};

} // namespace

Result<std::unique_ptr<Plugins>> Plugins::make(asio::any_io_executor executor,
                                               const std::vector<Endpoint>& endpoints,
                                               PluginSettings settings) {
    // The service starts no other programs, and gRPC need not be ready for that.
    ::setenv("GRPC_ENABLE_FORK_SUPPORT", "0", /*overwrite=*/0); // NOLINT(concurrency-mt-unsafe)
    auto plugins = std::make_unique<GrpcPlugins>(std::move(executor), std::move(settings));
    for (const auto& endpoint : endpoints) RDT_CHECK(plugins->add(endpoint));
    return plugins;
}

} // namespace redoubt::services::plugins
