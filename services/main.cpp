// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// redoubt-kbs: where the parts are put together.

#include <boost/asio/io_context.hpp>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>

#include "common/base/file.hpp"
#include "common/http/proxy.hpp"
#include "common/http/server.hpp"
#include "common/log/log.hpp"
#include "services/api/answers.hpp"
#include "services/api/router.hpp"
#include "services/attestation/collateral.hpp"
#include "services/commands.hpp"
#include "services/grpc/server.hpp"
#include "services/options.hpp"
#include "services/plugins/plugins.hpp"
#include "services/service_loop.hpp"
#include "services/slot_commands.hpp"
#include "services/vendors/refresher.hpp"
#include "services/vendors/vcek_fetcher.hpp"

namespace redoubt::services {
namespace {

using namespace std::chrono_literals;

constexpr int k_ended_well = 0;
constexpr int k_failed = 1;
constexpr int k_wrong_use = 2;
constexpr auto k_stop_grace = 10s;

/// Who asks vendors; all null where the configuration names none.
struct Vendors {
    attestation::FetchState state;
    std::unique_ptr<vendors::VendorClient> client;
    std::unique_ptr<vendors::Refresher> refresher;
    std::unique_ptr<vendors::VcekFetcher> vceks; ///< null also where they are not wanted
};

/// What lives as long as the service, in the order it is made.
struct Service {
    Config config;
    asio::io_context context{1};
    std::unique_ptr<store::TrustStore> store;
    std::unique_ptr<attestation::Collateral> collateral;
    std::unique_ptr<attestation::TokenIssuer> issuer;
    std::unique_ptr<key_broker::Tenants> tenants;
    std::unique_ptr<key_broker::Broker> broker;
    std::unique_ptr<key_broker::Admin> admin;
    std::unique_ptr<api::AdminAuthority> authority;
    std::unique_ptr<api::AuditQueue> audit;
    api::Metrics metrics;
    std::unique_ptr<plugins::Plugins> plugins; ///< null: none are named
    Vendors vendors;
    std::unique_ptr<api::Router> router;
    std::unique_ptr<http::Server> server;
    std::unique_ptr<rpc::Server> grpc_server; ///< null: not wanted
};

/// Keys are in this memory: no dumps, nobody looks in, and no swap where the limits allow it.
void guard_memory() {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    rlimit lock{};
    // With a limit, what does not fit would be an allocation that fails later.
    const bool is_unlimited = ::getrlimit(RLIMIT_MEMLOCK, &lock) == 0 && lock.rlim_cur == RLIM_INFINITY;
    if (!is_unlimited || ::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0)
        log::warning("memory is not locked: keys may reach the swap; LimitMEMLOCK=infinity allows it");
}

Result<std::unique_ptr<attestation::Collateral>> read_collateral(const Config& config) {
    RDT_TRY(auto collateral, attestation::load_collateral(config.collateral.folder));
    for (const auto& file : config.collateral.anchors)
        RDT_CHECK(attestation::add_anchors(collateral, file).transform_error(context("collateral.anchors")));
    collateral.revocation = config.collateral.requires_revocation_lists ? tee::RevocationRule::required
                                                                        : tee::RevocationRule::when_given;
    return std::make_unique<attestation::Collateral>(std::move(collateral));
}

Result<std::unique_ptr<api::AdminAuthority>> make_authority(const Config& config) {
    std::vector<api::KnownCertificate> certificates;
    for (const auto& text : config.admin.certificates) {
        RDT_TRY(auto known,
                api::parse_known_certificate(text).transform_error(context("admin.certificates")));
        certificates.push_back(std::move(known));
    }
    std::vector<api::KnownIssuer> issuers;
    for (const auto& text : config.admin.issuers) {
        const auto equals = text.find('=');
        if (equals == std::string::npos || equals == 0)
            return fail(Code::invalid_argument, "admin.issuers: '{}' is not ISSUER=FILE", text);
        RDT_TRY(const auto pem, read_file(text.substr(equals + 1)));
        RDT_TRY(auto key, crypto::PublicKey::parse(pem).transform_error(context("admin.issuers: {}", text)));
        issuers.push_back({text.substr(0, equals), std::move(key)});
    }
    return std::make_unique<api::AdminAuthority>(std::move(certificates), std::move(issuers));
}

Status reload(Service& service) {
    RDT_TRY(auto collateral, read_collateral(service.config));
    service.broker->use_collateral(*collateral);
    service.collateral = std::move(collateral);
    return {};
}

Status make_services(Service& service) {
    const auto& config = service.config;
    RDT_TRY(service.collateral, read_collateral(config));
    RDT_TRY(service.store, open_store(config));
    RDT_TRY(auto issuer, load_issuer(*service.store, config));
    service.issuer = std::make_unique<attestation::TokenIssuer>(std::move(issuer));
    service.tenants = std::make_unique<key_broker::Tenants>(*service.store);
    key_broker::BrokerSettings settings;
    settings.versions = config.protocol.versions;
    settings.session_lifetime =
        std::chrono::duration_cast<std::chrono::seconds>(config.protocol.session_lifetime);
    RDT_TRY(auto broker, key_broker::Broker::make({.store = service.store.get(),
                                                   .tenants = service.tenants.get(),
                                                   .collateral = service.collateral.get(),
                                                   .issuer = service.issuer.get(),
                                                   .now = now},
                                                  std::move(settings)));
    service.broker = std::make_unique<key_broker::Broker>(std::move(broker));
    RDT_TRY(auto enrolment, key_broker::TpmEnrolment::make());
    service.admin = std::make_unique<key_broker::Admin>(
        *service.store, *service.tenants, now, std::move(enrolment),
        key_broker::CollateralPlace{config.collateral.folder, [&service] { return reload(service); },
                                    &service.vendors.state});
    RDT_TRY(service.authority, make_authority(config));
    service.audit = std::make_unique<api::AuditQueue>(service.context.get_executor(), *service.store);
    return {};
}

Status make_vendors(Service& service) {
    const auto& config = service.config.collateral;
    auto settings = config.fetch;
    if (!settings.fetches_something()) return {};
    if (!config.authorities.empty()) {
        RDT_TRY(settings.authorities,
                read_file(config.authorities).transform_error(context("collateral.authorities")));
    }
    RDT_TRY(auto proxies, http::proxies_from_environment());
    auto& made = service.vendors;
    made.client = std::make_unique<vendors::VendorClient>(settings, std::move(proxies));
    const vendors::FetchPlace place{
        .executor = service.context.get_executor(),
        .store = service.store.get(),
        .folder = config.folder,
        .in_use = [&service]() -> const attestation::Collateral& { return service.broker->collateral(); },
        .reload = [&service] { return reload(service); },
        .now = now,
        .state = &made.state};
    made.refresher = std::make_unique<vendors::Refresher>(place, *made.client, settings);
    if (settings.fetches_vceks)
        made.vceks = std::make_unique<vendors::VcekFetcher>(place, *made.client, settings);
    return {};
}

Status make_plugins(Service& service) {
    const auto& config = service.config.plugins;
    if (config.endpoints.empty()) return {};
    std::vector<plugins::Endpoint> endpoints;
    for (const auto& text : config.endpoints) {
        RDT_TRY(auto endpoint, plugins::parse_endpoint(text).transform_error(context("plugins.endpoints")));
        endpoints.push_back(std::move(endpoint));
    }
    plugins::PluginSettings settings;
    const auto read = [](const std::filesystem::path& file) -> Result<std::string> {
        return file.empty() ? Result<std::string>() : read_file(file);
    };
    RDT_TRY(settings.authorities, read(config.authorities));
    RDT_TRY(settings.certificate_chain, read(config.certificate));
    RDT_TRY(settings.private_key, read(config.private_key));
    settings.timeout = config.timeout;
    settings.answer_bytes = config.answer;
    settings.calls = static_cast<std::size_t>(config.calls);
    RDT_TRY(service.plugins,
            plugins::Plugins::make(service.context.get_executor(), endpoints, std::move(settings)));
    return {};
}

Result<http::ServerOptions> server_options(const Config& config) {
    http::ServerOptions options;
    const auto& limits = config.limits;
    options.limits.connections = static_cast<std::size_t>(limits.connections);
    options.limits.connections_of_peer = static_cast<std::size_t>(limits.connections_of_peer);
    options.limits.body_bytes = limits.body;
    options.limits.header_bytes = static_cast<std::size_t>(limits.header);
    options.limits.handshake = limits.header_time;
    options.limits.header = limits.header_time;
    options.limits.body = limits.body_time;
    options.limits.answer = limits.body_time;
    options.refusal = [](unsigned status, const std::string& reason) {
        return api::problem({"HTTPFailed", status, reason});
    };
    if (config.tls.is_off) return options;
    RDT_TRY(options.identity.certificate_chain, read_file(config.tls.certificate));
    RDT_TRY(options.identity.private_key, read_file(config.tls.private_key));
    if (!config.tls.client_authorities.empty()) {
        RDT_TRY(options.identity.client_authorities, read_file(config.tls.client_authorities));
    }
    return options;
}

Status listen(Service& service) {
    const auto& config = service.config;
    api::RouterLimits limits;
    limits.guest_requests_per_second = static_cast<double>(config.limits.guest_rate);
    limits.guest_burst = static_cast<double>(config.limits.guest_burst);
    service.router = std::make_unique<api::Router>(api::Router::Parts{.broker = service.broker.get(),
                                                                      .admin = service.admin.get(),
                                                                      .authority = service.authority.get(),
                                                                      .issuer = service.issuer.get(),
                                                                      .audit = service.audit.get(),
                                                                      .metrics = &service.metrics,
                                                                      .plugins = service.plugins.get(),
                                                                      .vceks = service.vendors.vceks.get(),
                                                                      .fetches = &service.vendors.state,
                                                                      .now = now,
                                                                      .is_secure = !config.tls.is_off},
                                                   limits);
    RDT_TRY(auto options, server_options(config));
    const auto handler = [router = service.router.get()](http::ServerRequest request) {
        return router->handle(std::move(request));
    };
    const auto executor = service.context.get_executor();
    RDT_TRY(auto passed, take_listener());
    auto server = passed ? http::Server::adopt(executor, std::move(passed), std::move(options), handler)
                         : http::Server::listen(executor, config.listen, std::move(options), handler);
    if (!server) return std::unexpected(std::move(server).error());
    service.server = *std::move(server);
    log::info("listening", {{"PORT", std::to_string(service.server->port())}});
    return {};
}

/// After the HTTPS face: what gRPC's TLS needs does not touch contexts that are there.
Status listen_for_grpc(Service& service) {
    const auto& config = service.config;
    if (config.grpc.listen.empty()) return {};
    RDT_TRY(auto options, server_options(config));
    rpc::CallLimits limits;
    limits.calls_per_second = static_cast<double>(config.limits.guest_rate);
    limits.call_burst = static_cast<double>(config.limits.guest_burst);
    RDT_TRY(service.grpc_server,
            rpc::Server::start(service.context.get_executor(),
                               {.broker = service.broker.get(),
                                .admin = service.admin.get(),
                                .authority = service.authority.get(),
                                .audit = service.audit.get(),
                                .metrics = &service.metrics,
                                .vceks = service.vendors.vceks.get(),
                                .now = now},
                               limits, {config.grpc.listen, std::move(options.identity), options.limits}));
    log::info("listening for gRPC", {{"GRPC_PORT", std::to_string(service.grpc_server->port())}});
    return {};
}

asio::awaitable<void> run(Service& service) {
    service.server->start();
    if (service.vendors.refresher) service.vendors.refresher->start();
    co_await serve_until_stopped([&service] { return reload(service); });
    if (service.vendors.refresher) co_await service.vendors.refresher->stop();
    if (service.vendors.vceks) co_await service.vendors.vceks->stop();
    co_await service.server->stop(k_stop_grace);
    if (service.plugins) co_await service.plugins->stop();
    if (!service.grpc_server) co_return;
    if (const auto stopped = co_await service.grpc_server->stop(k_stop_grace); !stopped) {
        log::error(stopped.error().message);
        std::_Exit(k_failed); // calls are still gRPC's: nothing may be taken from under them
    }
}

Status serve(Service& service) {
    guard_memory();
    RDT_TRY(const auto lock, InstanceLock::take(service.config.state_dir));
    RDT_CHECK(make_services(service));
    RDT_CHECK(make_plugins(service));
    RDT_CHECK(make_vendors(service));
    RDT_CHECK(listen(service));
    RDT_CHECK(listen_for_grpc(service));
    asio::co_spawn(service.context, run(service), [](const std::exception_ptr& error) {
        if (error) std::rethrow_exception(error);
    });
    service.context.run();
    return service.store->settle();
}

Result<config::Settings> read_settings(const Options& options) {
    if (options.config_file.empty()) return load_settings(k_config_file, config::Presence::optional);
    return load_settings(options.config_file, config::Presence::required);
}

int fail_with(const Error& error, int code) {
    std::cerr << "redoubt-kbs: " << error.message << '\n';
    return code;
}

int result_of(const Status& status) {
    return status ? k_ended_well : fail_with(status.error(), k_failed);
}

int main_of(int argc, char** argv) {
    const auto options = parse_options(argc, argv);
    if (!options) return fail_with(options.error(), k_wrong_use);
    using Asks = Options::Asks;
    if (options->asks == Asks::help) {
        std::cout << k_usage;
        return k_ended_well;
    }
    if (options->asks == Asks::version) {
        std::cout << "redoubt-kbs " << REDOUBT_VERSION << '\n';
        return k_ended_well;
    }
    const auto settings = read_settings(*options);
    if (!settings) return fail_with(settings.error(), k_wrong_use);
    auto config = make_config(*settings);
    if (!config) return fail_with(config.error(), k_wrong_use);
    if (options->asks == Asks::print_config) {
        std::cout << settings->render();
        return k_ended_well;
    }
    log::set_level(config->log_level);
    if (options->asks == Asks::init) return result_of(initialise(*config));
    if (options->asks == Asks::audit_verify) return result_of(verify_audit(*config, options->argument));
    if (options->asks == Asks::audit_export) return result_of(export_audit(*config));
    if (options->asks == Asks::backup) return result_of(back_up(*config, options->argument));
    if (options->asks == Asks::restore) return result_of(restore(*config, options->argument));
    if (options->asks == Asks::rekey) return result_of(renew_keys(*config, options->argument));
    if (options->asks == Asks::slot_list) return result_of(list_slots(*config));
    if (options->asks == Asks::slot_add_tpm) return result_of(add_tpm_slot(*config, options->tpm_slot));
    if (options->asks == Asks::slot_remove) return result_of(remove_slot(*config, options->argument));
    // A client that goes away is an error of the write, not the service's end.
    std::signal(SIGPIPE, SIG_IGN); // NOLINT(bugprone-signal-handler)
    hold_signals();
    Service service;
    service.config = std::move(*config);
    return result_of(serve(service));
}

} // namespace
} // namespace redoubt::services

int main(int argc, char** argv) {
    return redoubt::services::main_of(argc, argv);
}
