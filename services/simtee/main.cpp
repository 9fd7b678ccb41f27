// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// redoubt-simtee: where the parts are put together.

#include <sys/prctl.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>

#include <csignal>
#include <iostream>
#include <memory>

#include "common/base/file.hpp"
#include "common/log/log.hpp"
#include "common/tee/evidence/chain.hpp"
#include "common/tee/evidence/hash.hpp"
#include "services/service_loop.hpp"
#include "services/simtee/chain_store.hpp"
#include "services/simtee/config.hpp"
#include "services/simtee/real_tee.hpp"
#include "services/simtee/server.hpp"

namespace redoubt::services::simtee {
namespace {

constexpr int k_ended_well = 0;
constexpr int k_failed = 1;
constexpr int k_wrong_use = 2;
constexpr std::uint64_t k_max_firmware = 64U << 20U;

/// What lives as long as the service.
struct Service {
    std::unique_ptr<AmdProcessor> amd;
    std::unique_ptr<IntelProcessor> intel;
    Simulator simulator;
};

Status make_processors(const Config& config, Service& service) {
    if (!config.snp_firmware.empty()) {
        RDT_TRY(auto parts, load_amd_parts(config.state_dir));
        RDT_TRY(parts.firmware,
                read_file(config.snp_firmware, k_max_firmware).transform_error(context("snp.firmware")));
        parts.cpu_model = config.snp_cpu_model;
        RDT_TRY(service.amd, AmdProcessor::make(std::move(parts)).transform_error(context("snp")));
        service.simulator.amd = service.amd.get();
    }
    if (!config.tdx_firmware.empty()) {
        RDT_TRY(auto parts, load_intel_parts(config.state_dir));
        RDT_TRY(parts.firmware,
                read_file(config.tdx_firmware, k_max_firmware).transform_error(context("tdx.firmware")));
        RDT_TRY(service.intel, IntelProcessor::make(std::move(parts)).transform_error(context("tdx")));
        service.simulator.intel = service.intel.get();
    }
    return {};
}

Status make_service(const Config& config, Service& service) {
    RDT_CHECK(identify_program(config.qemu).transform([](auto) {}).transform_error(context("qemu")));
    service.simulator.qemu = config.qemu;
    for (const auto& path : config.executed_firmware) {
        RDT_TRY(const auto image,
                read_file(path, k_max_firmware).transform_error(context("executed_firmware")));
        RDT_TRY(auto hash, tee::hash_of(tee::Hash::sha256, {image}));
        service.simulator.executed_firmware.push_back(std::move(hash));
    }
    return make_processors(config, service);
}

asio::awaitable<void> run(Server& server) {
    server.start();
    co_await serve_until_stopped(
        [] { return fail(Code::unimplemented, "settings are read at the start: restart the service"); });
    co_await server.stop();
}

Status serve(const Config& config) {
    RDT_CHECK(check_no_real_tee("/"));
    // Keys are in this memory.
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    Service service;
    RDT_CHECK(make_service(config, service));
    RDT_TRY(auto listener, listen_at(config.listen));
    log::warning(std::string(tee::k_simulation_mark) + ": evidence of this service proves nothing",
                 {{"SOCKET", config.listen.native()}});
    asio::io_context io(1);
    Server server(io.get_executor(), std::move(listener), service.simulator, config.limits);
    asio::co_spawn(io, run(server), [](const std::exception_ptr& error) {
        if (error) std::rethrow_exception(error);
    });
    io.run();
    return {};
}

Status initialise(const std::string& folder) {
    RDT_CHECK(check_no_real_tee("/"));
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    RDT_CHECK(make_chains(folder, now));
    std::cout << "made a simulation's chain; what a key broker is given of it: " << folder << "/public\n";
    return {};
}

int fail_with(const Error& error, int code) {
    std::cerr << "redoubt-simtee: " << error.message << '\n';
    return code;
}

int serve_with(const std::string& file, bool prints_config) {
    const auto settings =
        config::Settings::load(config_schema(), file.empty() ? k_config_file : file,
                               file.empty() ? config::Presence::optional : config::Presence::required);
    if (!settings) return fail_with(settings.error(), k_wrong_use);
    const auto config = make_config(*settings);
    if (!config) return fail_with(config.error(), k_wrong_use);
    if (prints_config) {
        std::cout << settings->render();
        return k_ended_well;
    }
    log::set_level(config->log_level);
    // A guest that goes away is an error of the write, not the service's end.
    std::signal(SIGPIPE, SIG_IGN); // NOLINT(bugprone-signal-handler)
    const auto served = serve(*config);
    return served ? k_ended_well : fail_with(served.error(), k_failed);
}

int main_of(int argc, char** argv) {
    std::string config_file;
    std::string folder = k_state_folder;
    bool prints_config = false;
    CLI::App app(
        "Plays the secure processor of AMD or Intel for guests under emulation: a simulation, not a TEE",
        "redoubt-simtee");
    app.set_version_flag("--version", std::string("redoubt-simtee ") + REDOUBT_VERSION);
    app.add_option("--config", config_file, std::string("Settings, instead of ") + k_config_file)
        ->type_name("FILE");
    app.add_flag("--print-config", prints_config, "Print the effective settings and where each comes from");
    auto* init = app.add_subcommand("init", "Make the simulation's certificates and keys");
    init->add_option("--dir", folder, std::string("Where, instead of ") + k_state_folder)->type_name("DIR");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? k_ended_well : k_wrong_use;
    }
    if (!init->parsed()) return serve_with(config_file, prints_config);
    const auto made = initialise(folder);
    return made ? k_ended_well : fail_with(made.error(), k_failed);
}

} // namespace
} // namespace redoubt::services::simtee

int main(int argc, char** argv) {
    return redoubt::services::simtee::main_of(argc, argv);
}
