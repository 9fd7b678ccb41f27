// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// redoubtd: where the parts are put together. Concrete mechanisms are named here and nowhere else.

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <thread>

#include "common/async/task.hpp"
#include "common/async/task_scope.hpp"
#include "common/log/log.hpp"
#include "node-daemon/access_setup.hpp"
#include "node-daemon/api/server.hpp"
#include "node-daemon/attestation/node_attester.hpp"
#include "node-daemon/broker_secrets.hpp"
#include "node-daemon/bus/face.hpp"
#include "node-daemon/confidential_means.hpp"
#include "node-daemon/config.hpp"
#include "node-daemon/crash_point.hpp"
#include "node-daemon/host/core_files.hpp"
#include "node-daemon/host/journal.hpp"
#include "node-daemon/host/service_manager.hpp"
#include "node-daemon/hypervisor/monitor/monitor_engine.hpp"
#include "node-daemon/hypervisor/qemu/qemu_hypervisor.hpp"
#include "node-daemon/hypervisor/trial_boot.hpp"
#include "node-daemon/image/archive_files.hpp"
#include "node-daemon/image/blob_file.hpp"
#include "node-daemon/image/image_store.hpp"
#include "node-daemon/instance_lock.hpp"
#include "node-daemon/launcher/client/remote_network.hpp"
#include "node-daemon/launcher/client/remote_vms.hpp"
#include "node-daemon/metrics/endpoint.hpp"
#include "node-daemon/metrics/sampler.hpp"
#include "node-daemon/network/cni/catalog.hpp"
#include "node-daemon/network/cni/cni_network.hpp"
#include "node-daemon/network_settings.hpp"
#include "node-daemon/options.hpp"
#include "node-daemon/remote_listener.hpp"
#include "node-daemon/sandbox/node.hpp"
#include "node-daemon/sandbox/use_cases.hpp"
#include "node-daemon/service_loop.hpp"
#include "node-daemon/storage/layer_store.hpp"
#include "node-daemon/storage/volume_store.hpp"
#include "node-daemon/vm_settings.hpp"

namespace redoubt::node {
namespace {

using namespace std::chrono_literals;
using hypervisor::monitor::LevelHypervisor;
using hypervisor::monitor::MonitorEngine;
using hypervisor::qemu::Isolation;
using hypervisor::qemu::QemuHypervisor;
using hypervisor::qemu::QemuSettings;

constexpr int k_ended_well = 0;
constexpr int k_failed = 1;
constexpr int k_wrong_use = 2;

constexpr auto k_call_grace = 15s; ///< for calls on the bus, when the daemon ends
constexpr auto k_scrape_grace = 6s;
constexpr auto k_trial_limit = 15s;
// A software-emulated guest shares its processors with everything else on the host.
constexpr int k_emulation_patience = 2;
constexpr auto k_emulated_guest_patience = 30s;

/// What lives as long as the daemon, in the order it is made.
struct Foundation {
    Config config;
    Options options;
    std::optional<host::ServiceManager> service_manager;
    std::unique_ptr<access::Access> access; ///< outlives what the pool still writes for it
    asio::io_context context{1};
    asio::thread_pool pool{std::max(4U, std::thread::hardware_concurrency())};
    std::unique_ptr<store::StateStore> store;
    std::optional<image::ImageStore> images;
    std::optional<storage::LayerStore> layers;
    std::optional<storage::VolumeStore> volumes;
    std::optional<launcher::RemoteVms> remote_vms; ///< with a launcher
    std::optional<QemuHypervisor> hypervisor;
    std::optional<MonitorEngine> monitors;
    std::optional<LevelHypervisor> levels;
    std::optional<network::cni::CniNetwork> network;
    std::optional<network::cni::CniCatalog> catalog;
    // With a launcher these, else the two above.
    std::optional<launcher::RemoteNetwork> remote_network;
    std::optional<launcher::RemoteCatalog> remote_catalog;
};

constexpr std::string_view k_no_bus = "none";
constexpr auto k_boot_event_log = "/sys/kernel/security/tpm0/binary_bios_measurements";
constexpr std::string_view k_api_listener = "api";

// A pull that broke may go on so long after.
constexpr std::chrono::hours k_blob_patience{24};

Status make_folders(const Config& config) {
    for (const auto& folder : {config.state_dir, config.state_dir / "containers", config.state_dir / "images",
                               config.state_dir / "layers", config.state_dir / "blobs",
                               config.state_dir / "host", config.state_dir / "volumes", config.runtime_dir,
                               config.runtime_dir / "vm", config.socket_path().parent_path()}) {
        std::error_code error;
        std::filesystem::create_directories(folder, error);
        if (error) return fail_errno(error.value(), "make folder {}", folder.native());
    }
    return {};
}

/// A daemon without rights of its own asks redoubt-launcher.
void use_launcher(Foundation& base) {
    const auto executor = base.context.get_executor();
    const launcher::Caller caller(base.config.launcher.socket);
    base.remote_vms.emplace(executor, caller);
    base.remote_network.emplace(caller);
    base.remote_catalog.emplace(caller);
    base.hypervisor.emplace(executor, QemuSettings{.program = base.config.hypervisor.qemu,
                                                   .most_templates = base.config.hypervisor.templates,
                                                   .template_limit = base.config.sandbox.boot_timeout,
                                                   .keeper = &*base.remote_vms});
}

void use_own_network(Foundation& base) {
    const auto& config = base.config;
    const auto settings =
        make_network_settings(config, config.state_dir, config.runtime_dir, *base.service_manager);
    base.catalog.emplace(settings.conflist_folder, settings.own, settings.default_network);
    base.network.emplace(settings);
    restore_namespaces(*base.service_manager, *base.network);
}

/// Starts VMs and makes networks in this process.
Status use_own_rights(Foundation& base) {
    RDT_TRY(auto qemu, make_vm_settings(base.config));
    base.hypervisor.emplace(base.context.get_executor(), std::move(qemu));
    use_own_network(base);
    return {};
}

/// Namespaces that a daemon without a launcher had kept for it.
Task<void> hand_over_namespaces(Foundation& base) {
    for (auto& kept : base.service_manager->take_all(k_namespace_prefix)) {
        const SandboxId sandbox(kept.name.substr(k_namespace_prefix.size()));
        const auto taken = co_await base.remote_network->adopt_namespace(sandbox, std::move(kept.fd));
        if (!taken)
            log::warning("network namespace not handed over: " + taken.error().message,
                         {{"SANDBOX_ID", sandbox.str()}});
        else
            base.service_manager->forget(kept.name);
    }
    co_return Status{};
}

Status lay_foundation(Foundation& base) {
    const auto& config = base.config;
    RDT_TRY(base.store, store::StateStore::open(config.state_dir / "state.db"));
    RDT_TRY(base.access, open_access(config));
    RDT_TRY(base.images, image::ImageStore::open(config.state_dir / "images"));
    for (const auto& problem : base.images->problems()) log::warning(problem.message);
    image::remove_stale_blobs(config.state_dir / "blobs", k_blob_patience);
    image::ArchiveFiles::remove_leftovers(config.state_dir / "blobs");
    storage::LayerLimits limits;
    limits.max_uncompressed_bytes = config.image.max_layer_bytes;
    base.layers.emplace(config.state_dir / "layers", base.pool, limits);
    base.layers->remove_leftovers();
    base.volumes.emplace(config.state_dir / "volumes", base.pool,
                         config.broker.disk_key.empty() ? storage::VolumePlace::state
                                                        : storage::VolumePlace::own_disk);
    base.volumes->remove_leftovers();
    if (config.launcher.socket.empty()) {
        RDT_CHECK(use_own_rights(base));
    } else {
        use_launcher(base);
    }
    base.monitors.emplace(base.context.get_executor(), hypervisor::monitor::MonitorSettings{
                                                           .monitor = config.runtime.monitor,
                                                           .runc = config.runtime.runc,
                                                           .runsc = config.runtime.runsc,
                                                           .gvisor_platform = config.runtime.gvisor_platform,
                                                           .is_allowed = config.launcher.socket.empty()});
    base.levels.emplace(*base.hypervisor, *base.monitors);
    return {};
}

/// Boots the guest kernel once under KVM, in a folder of its own.
Task<void> try_kvm(Foundation& base, launch::NodeFacts facts) {
    const SandboxId id(sandbox::random_hex(8));
    const auto folder = base.config.runtime_dir / "vm" / id.str();
    std::error_code error;
    std::filesystem::create_directory(folder, error);
    if (error) co_return fail_errno(error.value(), "make folder {}", folder.native());
    auto spec = launch::make_trial_vm(facts, launch::Accelerator::kvm, id, folder);
    const auto result = co_await hypervisor::boot_once(*base.hypervisor, std::move(spec), k_trial_limit);
    std::filesystem::remove_all(folder, error);
    co_return result;
}

Task<void> choose_isolation(QemuHypervisor& hypervisor) {
    RDT_CO_TRY(const auto isolation, co_await hypervisor.choose_isolation());
    if (isolation == Isolation::view_and_network)
        log::info(
            "VMs share the host's namespaces of processes, of IPC and of its name: others cannot be made");
    if (isolation == Isolation::none)
        log::warning("VMs see the host's files and networks: namespaces cannot be made here");
    co_return Status{};
}

Task<void> meet_launcher(Foundation& base, host::ProbeInputs& probe) {
    RDT_CO_TRY(const auto welcome, co_await base.remote_vms->greet());
    log::info("redoubt-launcher starts VMs and makes networks", {{"ISOLATION", welcome.isolation}});
    // This process sees no devices.
    if (welcome.has_kvm) probe.kvm_device.clear();
    co_return co_await hand_over_namespaces(base);
}

/// What this node is, and what it can do.
Task<sandbox::NodeSettings> learn_settings(Foundation& base) {
    const auto& config = base.config;
    sandbox::NodeSettings settings;
    settings.state_directory = config.state_dir;
    settings.runtime_directory = config.runtime_dir;
    settings.qemu = config.hypervisor.qemu;
    settings.guest = {config.guest.kernel, config.guest.initramfs, config.guest.confidential_initramfs,
                      config.guest.manifest};
    settings.log_max_bytes = config.log.container_max_size;
    settings.default_volume_bytes = config.volume.default_size;
    settings.runtimes = {.monitor = config.runtime.monitor,
                         .runc = config.runtime.runc,
                         .runsc = config.runtime.runsc,
                         .gvisor_platform = config.runtime.gvisor_platform};
    RDT_CO_TRY(settings.minimum_level, launch::parse_isolation_level(config.runtime.minimum_level));
    settings.unqualified_search_registries = config.image.unqualified_search_registries;
    settings.insecure_registries = config.image.insecure_registries;
    settings.auth_file = config.image.auth_file;
    RDT_CO_TRY(settings.host, co_await offload(base.pool, [] { return host::read_host_facts(); }));
    if (auto manifest = host::read_guest_manifest(config.guest.manifest))
        settings.guest_manifest = std::move(*manifest);
    else
        log::warning("guest image: " + manifest.error().message);
    settings.facts.kernel = config.guest.kernel;
    settings.facts.initramfs = config.guest.initramfs;
    settings.facts.confidential_initramfs = config.guest.confidential_initramfs;
    settings.facts.default_memory_bytes = config.sandbox.default_memory;
    settings.facts.default_vcpus = config.sandbox.default_vcpus;
    settings.facts.tsc_khz = settings.host.tsc_khz;
    settings.processors = host::find_secure_processors();
    settings.facts.confidential = make_confidential_means(config, settings.processors);
    settings.broker = config.confidential.broker;
    settings.measured = {config.confidential.firmware, config.confidential.cpu_model};

    host::ProbeInputs probe;
    if (base.remote_vms) {
        RDT_CO_CHECK(co_await meet_launcher(base, probe));
    } else {
        RDT_CO_CHECK(co_await choose_isolation(*base.hypervisor));
    }
    const auto version = co_await base.hypervisor->version();
    if (!version) log::warning("hypervisor: " + version.error().message);
    RDT_CO_TRY(probe.wish, host::parse_accelerator_wish(config.hypervisor.accel));
    probe.cache = config.state_dir / "host" / "accelerator";
    probe.key = std::format("{} {} {}", settings.host.boot_id, version.value_or("none"),
                            settings.guest_manifest.kernel_sha384);
    auto trial = [&base, facts = settings.facts] { return try_kvm(base, facts); };
    RDT_CO_TRY(settings.accelerator, co_await host::choose_accelerator(std::move(probe), std::move(trial)));
    settings.facts.accelerator = settings.accelerator.accelerator;
    settings.boot_timeout = config.sandbox.boot_timeout;
    if (settings.facts.accelerator == launch::Accelerator::tcg) {
        settings.boot_timeout *= k_emulation_patience;
        settings.guest_patience = k_emulated_guest_patience;
    }
    log::info("accelerator chosen", {{"REASON", settings.accelerator.reason}});
    co_return settings;
}

Result<config::Settings> read_settings(const Options& options) {
    if (options.config_file.empty()) return load_settings(k_config_file, config::Presence::optional);
    return load_settings(options.config_file, config::Presence::required);
}

Result<Config> make_config(const config::Settings& settings, const Options& options) {
    RDT_TRY(auto config, node::make_config(settings));
    if (!options.state_directory.empty()) config.state_dir = options.state_directory;
    if (!options.runtime_directory.empty()) config.runtime_dir = options.runtime_directory;
    if (!options.launcher_socket.empty()) config.launcher.socket = options.launcher_socket;
    return config;
}

/// What may change while VMs run: levels, limits and lists. The rest takes a restart.
void apply_changeable(const Config& config, sandbox::NodeSettings& settings) {
    log::set_level(config.log.level);
    settings.log_max_bytes = config.log.container_max_size;
    settings.unqualified_search_registries = config.image.unqualified_search_registries;
    settings.insecure_registries = config.image.insecure_registries;
    // A file of the broker's logins stays the one it is.
    if (config.broker.registry_logins.empty()) settings.auth_file = config.image.auth_file;
    settings.facts.default_memory_bytes = config.sandbox.default_memory;
    settings.facts.default_vcpus = config.sandbox.default_vcpus;
    if (const auto minimum = launch::parse_isolation_level(config.runtime.minimum_level))
        settings.minimum_level = *minimum;
}

Status reload(const Options& options, sandbox::Node& node) {
    RDT_TRY(const auto settings, read_settings(options));
    RDT_TRY(const auto config, make_config(settings, options));
    apply_changeable(config, node.settings);
    return {};
}

std::string describe(const sandbox::Node& node) {
    const auto running = sandbox::list_containers(node, sandbox::ListScope::running).size();
    return std::format("{} of {} containers running", running, node.containers.size());
}

/// The listening socket that the service manager passed, if it did. Where that is says the unit alone.
UniqueFd take_listener(Foundation& base) {
    auto listeners = base.service_manager->take(k_api_listener);
    return listeners.empty() ? UniqueFd() : std::move(listeners.front());
}

/// Null where there is no bus, or the configuration wants none: then the node does without.
asio::awaitable<std::unique_ptr<bus::Face>> join_bus(Foundation& base, sandbox::Node& node) {
    if (base.config.dbus.address == k_no_bus) co_return nullptr;
    bus::FaceOptions options;
    options.address = base.config.dbus.address;
    options.stop_timeout = std::chrono::duration_cast<std::chrono::seconds>(base.config.sandbox.stop_timeout);
    auto face = co_await bus::Face::start(base.context.get_executor(), node, std::move(options));
    if (face) co_return std::move(*face);
    log::info("the system bus is not there", {{"REASON", face.error().message}});
    co_return nullptr;
}

Task<void> end_face(bus::Face& face) {
    co_await face.stop();
    co_return Status();
}

/// Null where nobody is to scrape the node.
Result<std::unique_ptr<http::Server>> listen_for_metrics(Foundation& base, sandbox::Node& node) {
    if (base.config.metrics.listen.empty()) return nullptr;
    return metrics::serve_metrics(base.context.get_executor(), base.config.metrics.listen, node, base.pool,
                                  base.config.state_dir);
}

asio::awaitable<void> end_bus(bus::Face& face) {
    const auto left = co_await within(k_call_grace, "calls on the bus", end_face(face));
    if (left) co_return;
    log::warning("stop: " + left.error().message);
    std::_Exit(k_ended_well);
}

/// Ready, and then told to stop.
asio::awaitable<void> serve_clients(Foundation& base, sandbox::Node& node, BrokerSecrets* secrets) {
    const auto bus_face = co_await join_bus(base, node);
    log::info("ready", {{"SOCKET", base.config.socket_path().native()}, {"VERSION", REDOUBT_VERSION}});
    co_await serve_until_stopped(*base.service_manager, {.reload =
                                                             [&base, &node, secrets] {
                                                                 if (secrets != nullptr)
                                                                     secrets->fetch_again();
                                                                 return reload(base.options, node);
                                                             },
                                                         .status = [&node] { return describe(node); }});
    if (bus_face) co_await end_bus(*bus_face);
}

/// What is served to others than this host's. Errors: an address cannot be had.
Task<void> serve_outside(Foundation& base, sandbox::Node& node, RemoteListener& remote,
                         BrokerSecrets* secrets) {
    RDT_CO_TRY(const auto scraped, listen_for_metrics(base, node));
    Status listening;
    if (base.config.broker.tls_identity.empty()) listening = co_await remote.start();
    if (listening) co_await serve_clients(base, node, secrets);
    if (scraped) co_await scraped->stop(k_scrape_grace);
    co_return listening;
}

/// The log that the unit put where the daemon may read it; else the kernel's, which root may.
attestation::AttesterSettings attester_settings(const Config& config) {
    attestation::AttesterSettings settings{config.attestation.tpm, {}};
    if (config.attestation.event_log.empty())
        settings.event_logs = {config.runtime_dir / "boot-event-log", k_boot_event_log};
    else
        settings.event_logs = {config.attestation.event_log};
    return settings;
}

/// From ready until told to stop. Errors: the API cannot be served.
Task<void> serve(Foundation& base, sandbox::Node& node) {
    api::ServerOptions options;
    options.socket = base.config.socket_path();
    options.group = base.config.api.socket_group;
    options.listener = take_listener(base);
    options.stop_timeout = std::chrono::duration_cast<std::chrono::seconds>(base.config.sandbox.stop_timeout);
    metrics::History history;
    attestation::NodeAttester attester(attester_settings(base.config));
    const api::NodeParts parts(node, *base.access, base.pool, base.config.remote.listen, &history, &attester);
    RDT_CO_TRY(auto server, api::Server::start(base.context.get_executor(), parts, std::move(options)));
    RemoteListener remote(base.pool, *base.access, parts, base.config);
    RDT_CO_TRY(const auto broker, BrokerSecrets::make(base.config, node, attester, remote));
    TaskScope sampling(base.context.get_executor());
    sampling.spawn(metrics::keep_sampling(node, base.pool, history, base.config.state_dir));
    if (broker) broker->keep(sampling);
    auto served = co_await serve_outside(base, node, remote, broker.get());
    sampling.cancel();
    co_await sampling.join();
    co_await remote.stop();
    co_await end_server(*server, k_ended_well);
    co_return served;
}

Task<void> run(Foundation& base) {
    RDT_CO_TRY(auto settings, co_await learn_settings(base));
    network::Network* network = nullptr;
    network::NetworkCatalog* catalog = nullptr;
    if (base.remote_network) {
        network = &*base.remote_network;
        catalog = &*base.remote_catalog;
    } else {
        network = &*base.network;
        catalog = &*base.catalog;
    }
    sandbox::Node node{.executor = base.context.get_executor(),
                       .pool = base.pool,
                       .settings = std::move(settings),
                       .store = *base.store,
                       .hypervisor = *base.levels,
                       .network = *network,
                       .connect_agent = agent_client::AgentClient::connect,
                       .images = *base.images,
                       .layers = *base.layers,
                       .volumes = *base.volumes,
                       .catalog = catalog};
    node.vm_pool.size = base.config.pool.size;
    node.vm_pool.memory_bytes = base.config.pool.memory;
    node.vm_pool.keep = base.config.pool.keep;
    if (const auto networks = co_await network->known(); !networks)
        log::warning("containers run without a network: " + networks.error().message);
    arm_crash_point(*base.store);
    auto result = co_await sandbox::recover_after_restart(node);
    if (result) result = co_await serve(base, node);
    co_await sandbox::leave(node);
    co_await base.hypervisor->close();
    co_await base.monitors->close();
    if (base.remote_vms) co_await base.remote_vms->close();
    co_return result;
}

Status run_daemon(Foundation& base) {
    RDT_CHECK(make_folders(base.config));
    RDT_TRY(const auto lock, InstanceLock::take(base.config.state_dir / "redoubtd.lock"));
    RDT_CHECK(lay_foundation(base));
    Status result;
    asio::co_spawn(base.context, run(base), [&result](const std::exception_ptr& error, Status status) {
        if (error) std::rethrow_exception(error);
        result = std::move(status);
    });
    base.context.run();
    std::error_code ignored; // stays while VMs live in it
    std::filesystem::remove(base.config.runtime_dir / "vm", ignored);
    std::filesystem::remove(fingerprint_file(base.config), ignored);
    std::filesystem::remove(pairing_file(base.config), ignored);
    return result;
}

int fail_with(const Error& error, int code) {
    std::cerr << "redoubtd: " << error.message << '\n';
    return code;
}

int main_of(int argc, char** argv) {
    const auto options = parse_options(argc, argv);
    if (!options) return fail_with(options.error(), k_wrong_use);
    if (options->asks == Options::Asks::help) {
        std::cout << k_usage;
        return k_ended_well;
    }
    if (options->asks == Options::Asks::version) {
        std::cout << "redoubtd " << REDOUBT_VERSION << '\n';
        return k_ended_well;
    }
    const auto settings = read_settings(*options);
    if (!settings) return fail_with(settings.error(), k_wrong_use);
    auto config = make_config(*settings, *options);
    if (!config) return fail_with(config.error(), k_wrong_use);
    if (options->asks == Options::Asks::print_config) {
        std::cout << settings->render();
        return k_ended_well;
    }
    log::set_level(config->log.level);
    // The TPM's library would write what it found missing to standard error; what matters of it is an error.
    ::setenv("TSS2_LOG", "all+none", 0); // NOLINT(concurrency-mt-unsafe): there is one thread yet
    // A client or a guest that goes away is an error of the write, not the daemon's end.
    std::signal(SIGPIPE, SIG_IGN); // NOLINT(bugprone-signal-handler)
    if (const auto result = host::forbid_core_files(); !result) return fail_with(result.error(), k_failed);
    Foundation base;
    base.config = std::move(*config);
    base.options = *options;
    auto manager = host::ServiceManager::connect();
    if (!manager) return fail_with(manager.error(), k_failed);
    base.service_manager = std::move(*manager);
    host::log_to_journal();
    if (const auto result = run_daemon(base); !result) {
        log::error(result.error().message);
        return k_failed;
    }
    return k_ended_well;
}

} // namespace
} // namespace redoubt::node

int main(int argc, char** argv) {
    return redoubt::node::main_of(argc, argv);
}
