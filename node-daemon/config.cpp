// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/config.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <charconv>
#include <format>

#include "node-daemon/launch/volume_key_uri.hpp"

namespace redoubt::node {
namespace {

using config::ByteSize;
using config::Limits;
using config::Milliseconds;
using config::Strings;

constexpr std::int64_t k_mib = 1LL << 20U;
constexpr std::int64_t k_gib = 1LL << 30U;
constexpr std::int64_t k_second = 1000;

std::string text(const char* value) {
    return value;
}

std::vector<config::Key> place_keys() {
    return {
        {.name = "state_dir",
         .default_value = text("/var/lib/redoubt"),
         .description = "database, images and logs"},
        {.name = "runtime_dir",
         .default_value = text("/run/redoubt"),
         .description = "sockets and VM folders"},
        {.name = "api.socket",
         .default_value = text(""),
         .description = "management socket; empty: runtime_dir/redoubtd.sock"},
        {.name = "api.socket_group",
         .default_value = text(""),
         .description = "group that may use the management socket; empty: root alone"},
        {.name = "dbus.address",
         .default_value = text(""),
         .description = "bus that org.redoubt.Node1 is on; empty: the system bus; none: no bus"},
        {.name = "log.level",
         .default_value = text("info"),
         .description = "what the daemon logs",
         .choices = {"error", "warning", "info", "debug"}},
        {.name = "log.container_max_size",
         .default_value = ByteSize{64 * k_mib},
         .description = "a container's log is rotated at this size",
         .limits = Limits{k_mib / 16, 64 * k_gib}},
    };
}

std::vector<config::Key> remote_keys() {
    return {
        {.name = "remote.listen",
         .default_value = text(""),
         .description = "ADDRESS[:PORT] where clients outside are served, over TLS; port 7443; empty: none"},
        {.name = "remote.admin_certificate",
         .default_value = text(""),
         .description =
             "PEM file of clients' certificates that are administrators from the start; empty: none"},
        {.name = "metrics.listen",
         .default_value = text(""),
         .description = "ADDRESS[:PORT] of /metrics over plain HTTP, for Prometheus; port 9470; empty: none"},
    };
}

std::vector<config::Key> vm_keys() {
    return {
        {.name = "hypervisor.qemu",
         .default_value = text("/usr/bin/qemu-system-x86_64"),
         .description = "the QEMU program"},
        {.name = "hypervisor.accel",
         .default_value = text("auto"),
         .description = "hardware or software virtualization; auto proves KVM once before using it",
         .choices = {"auto", "kvm", "tcg"}},
        {.name = "hypervisor.user",
         .default_value = text(""),
         .description = "user VMs run as; empty: the daemon's"},
        {.name = "hypervisor.templates",
         .default_value = std::int64_t{4},
         .description =
             "guests kept booted, one of each size, which VMs begin as copies of; 0: every VM boots",
         .limits = Limits{0, 64}},
        {.name = "pool.size",
         .default_value = std::int64_t{0},
         .description = "VMs of each kind asked for lately that are begun before they are asked for; 0: none",
         .limits = Limits{0, 256}},
        {.name = "pool.memory",
         .default_value = ByteSize{1024 * k_mib},
         .description = "guest RAM that VMs which wait may have together",
         .limits = Limits{0, 1024 * k_gib}},
        {.name = "pool.keep",
         .default_value = Milliseconds(600 * k_second),
         .description = "how long VMs wait of a kind that nobody asks for",
         .limits = Limits{k_second, 86400 * k_second}},
        {.name = "guest.kernel",
         .default_value = text("/usr/lib/redoubt/guest/vmlinuz"),
         .description = "guest kernel"},
        {.name = "guest.initramfs",
         .default_value = text("/usr/lib/redoubt/guest/initramfs.cpio"),
         .description = "guest initramfs with the agent of ordinary VMs"},
        {.name = "guest.confidential_initramfs",
         .default_value = text("/usr/lib/redoubt/guest/initramfs-confidential.cpio"),
         .description = "guest initramfs with the agent of confidential VMs"},
        {.name = "guest.manifest",
         .default_value = text("/usr/lib/redoubt/guest/guest-manifest.json"),
         .description = "digests and version of the guest image"},
        {.name = "sandbox.default_memory",
         .default_value = ByteSize{256 * k_mib},
         .description = "guest RAM of a container without a memory limit",
         .limits = Limits{64 * k_mib, 1024 * k_gib}},
        {.name = "sandbox.default_vcpus",
         .default_value = std::int64_t{1},
         .description = "virtual processors of a container without a cpu limit",
         .limits = Limits{1, 255}},
        {.name = "sandbox.boot_timeout",
         .default_value = Milliseconds(30 * k_second),
         .description = "from VM start until the agent answers",
         .limits = Limits{k_second, 3600 * k_second}},
        {.name = "sandbox.stop_timeout",
         .default_value = Milliseconds(10 * k_second),
         .description = "from the stop signal until a container is killed",
         .limits = Limits{0, 3600 * k_second}},
    };
}

std::vector<config::Key> runtime_keys() {
    return {
        {.name = "runtime.minimum_level",
         .default_value = text("gvisor"),
         .description = "weakest isolation level that a container may have",
         .choices = {"runc", "gvisor", "vm", "confidential"}},
        {.name = "runtime.monitor",
         .default_value = text("/usr/lib/redoubt/redoubt-monitor"),
         .description = "program beside each container of levels gvisor and runc"},
        {.name = "runtime.runc", .default_value = text("/usr/sbin/runc"), .description = "the runc program"},
        {.name = "runtime.runsc", .default_value = text("/usr/bin/runsc"), .description = "gVisor's program"},
        {.name = "runtime.gvisor_platform",
         .default_value = text("systrap"),
         .description = "how gVisor intercepts system calls",
         .choices = {"systrap", "ptrace", "kvm"}},
    };
}

std::vector<config::Key> confidential_keys() {
    return {
        {.name = "confidential.simulator",
         .default_value = text(""),
         .description =
             "socket of redoubt-simtee, which plays a secure processor and protects nothing; empty: none"},
        {.name = "confidential.broker",
         .default_value = text(""),
         .description = "HOST:PORT of the key broker that confidential guests are led to; empty: none"},
        {.name = "confidential.firmware",
         .default_value = text("/usr/share/ovmf/OVMF.amdsev.fd"),
         .description = "firmware of SEV-SNP guests, and in the measurement of simulated ones; empty: none"},
        {.name = "confidential.cpu_model",
         .default_value = text("EPYC-v4"),
         .description = "CPU model of SEV-SNP guests, and in that measurement"},
        {.name = "confidential.tdx_firmware",
         .default_value = text("/usr/lib/redoubt/guest/OVMF.inteltdx.fd"),
         .description = "firmware of TDX guests, which boots the guest kernel alone; empty: none"},
        {.name = "confidential.quote_service_port",
         .default_value = std::int64_t{4050},
         .description = "vsock port of the host's quote generation service, for TDX; 0: none",
         .limits = Limits{0, 4294967295}},
        {.name = "confidential.simulator_firmware",
         .default_value = text(""),
         .description = "firmware that simulated guests boot through, on a q35; empty: they need none"},
    };
}

std::vector<config::Key> attestation_keys() {
    return {
        {.name = "attestation.tpm",
         .default_value = text("device:/dev/tpmrm0"),
         .description =
             "the TPM that proves what this host booted: device:PATH, swtpm:path=PATH; empty: none"},
        {.name = "attestation.event_log",
         .default_value = text(""),
         .description = "the firmware's log of the boot; empty: runtime_dir/boot-event-log, or the kernel's"},
    };
}

std::vector<config::Key> broker_keys() {
    return {
        {.name = "broker.url",
         .default_value = text(""),
         .description = "https://HOST:PORT[/tenants/NAME] of the key broker that has secrets of this node; "
                        "empty: none"},
        {.name = "broker.certificate",
         .default_value = text(""),
         .description = "PEM file of the certificates that may be that broker's"},
        {.name = "broker.registry_logins",
         .default_value = text(""),
         .description = "kbs:///redoubt-host/TYPE/TAG with the node's logins, in image.auth_file's place; "
                        "empty: that file"},
        {.name = "broker.disk_key",
         .default_value = text(""),
         .description = "kbs:///redoubt-host/TYPE/TAG with the key of the disk that state_dir/volumes is on; "
                        "empty: it has no disk of its own"},
        {.name = "broker.tls_identity",
         .default_value = text(""),
         .description = "kbs:///redoubt-host/TYPE/TAG with certificate and key for remote.listen; empty: the "
                        "node makes its own"},
    };
}

std::vector<config::Key> launcher_keys() {
    return {
        {.name = "launcher.socket",
         .default_value = text(""),
         .description =
             "where redoubt-launcher listens; empty: redoubtd starts VMs and makes networks itself"},
        {.name = "launcher.user",
         .default_value = text("redoubt"),
         .description = "user that redoubt-launcher serves, beside root"},
        {.name = "launcher.state_dir",
         .default_value = text("/var/lib/redoubt-launcher"),
         .description = "what redoubt-launcher has attached to networks"},
        {.name = "launcher.runtime_dir",
         .default_value = text("/run/redoubt-launcher"),
         .description = "names of network namespaces, and files of the name service"},
    };
}

std::vector<config::Key> volume_keys() {
    return {
        {.name = "volume.default_size",
         .default_value = ByteSize{10 * k_gib},
         .description = "size of a volume whose maker names none; disk space is taken as it is written",
         .limits = Limits{16 * k_mib, 16384 * k_gib}},
    };
}

std::vector<config::Key> network_keys() {
    return {
        {.name = "network.default",
         .default_value = text("redoubt"),
         .description = "network of a container that names none"},
        {.name = "network.conflist_dir",
         .default_value = text("/etc/cni/net.d"),
         .description = "CNI configurations of further networks"},
        {.name = "network.plugin_dirs",
         .default_value = Strings{"/usr/lib/cni", "/opt/cni/bin"},
         .description = "where CNI plugins are looked for, in order"},
        {.name = "network.subnet",
         .default_value = text("10.87.0.0/16"),
         .description = "addresses of the network redoubt"},
        {.name = "network.subnet6",
         .default_value = text("fd52:6564:6f75::/64"),
         .description = "its IPv6 addresses; empty: none"},
        {.name = "network.mtu",
         .default_value = std::int64_t{0},
         .description = "its largest packet in bytes; 0: as the kernel chooses",
         .limits = Limits{0, 65535}},
        {.name = "network.plugin_timeout",
         .default_value = Milliseconds(60 * k_second),
         .description = "a CNI plugin that takes longer is killed",
         .limits = Limits{k_second, 3600 * k_second}},
    };
}

std::vector<config::Key> image_keys() {
    return {
        {.name = "image.unqualified_search_registries",
         .default_value = Strings{},
         .description = "registries tried, in order, for names without one"},
        {.name = "image.insecure_registries",
         .default_value = Strings{},
         .description = "registries (host[:port]) spoken to over HTTP or unverified TLS"},
        {.name = "image.auth_file",
         .default_value = std::string("/etc/redoubt/auth.json"),
         .description = "the node's logins at registries, for pulls that bring none"},
        {.name = "image.max_layer_bytes",
         .default_value = ByteSize{32 * k_gib},
         .description = "a layer that unpacks to more is refused",
         .limits = Limits{k_mib, 1024 * k_gib}},
    };
}

/// Programs started by the daemon run elsewhere: a relative path would mean different files.
Result<std::filesystem::path> absolute_path(const config::Settings& settings, std::string_view key) {
    std::filesystem::path path = settings.get<std::string>(key);
    if (path.is_absolute()) return path;
    return fail(Code::invalid_argument, "{}: '{}' must be an absolute path, not '{}'",
                settings.source_of(key), key, path.string());
}

Status read_paths(const config::Settings& settings, Config& config) {
    const std::array<std::pair<const char*, std::filesystem::path*>, 13> paths{{
        {"state_dir", &config.state_dir},
        {"runtime_dir", &config.runtime_dir},
        {"hypervisor.qemu", &config.hypervisor.qemu},
        {"guest.kernel", &config.guest.kernel},
        {"guest.initramfs", &config.guest.initramfs},
        {"guest.confidential_initramfs", &config.guest.confidential_initramfs},
        {"guest.manifest", &config.guest.manifest},
        {"launcher.state_dir", &config.launcher.state_dir},
        {"launcher.runtime_dir", &config.launcher.runtime_dir},
        {"network.conflist_dir", &config.network.conflist_dir},
        {"runtime.monitor", &config.runtime.monitor},
        {"runtime.runc", &config.runtime.runc},
        {"runtime.runsc", &config.runtime.runsc},
    }};
    for (const auto& [key, field] : paths) {
        RDT_TRY(*field, absolute_path(settings, key));
    }
    if (!settings.get<std::string>("api.socket").empty()) {
        RDT_TRY(config.api.socket, absolute_path(settings, "api.socket"));
    }
    if (!settings.get<std::string>("launcher.socket").empty()) {
        RDT_TRY(config.launcher.socket, absolute_path(settings, "launcher.socket"));
    }
    return {};
}

/// "ADDRESS", "ADDRESS:PORT", "[IPV6]", "[IPV6]:PORT": with the port, names are not looked up.
Result<std::string> listen_address(const config::Settings& settings, std::string_view key, int default_port) {
    auto address = settings.get<std::string>(key);
    if (address.empty()) return address;
    const auto end_of_host = address.starts_with('[') ? address.find(']') : address.find(':');
    const auto colon = address.find(':', end_of_host == std::string::npos ? 0 : end_of_host);
    if (colon == std::string::npos) address += std::format(":{}", default_port);
    const auto port_at = address.rfind(':');
    const auto host = address.substr(0, port_at);
    const auto port = address.substr(port_at + 1);
    const bool is_bracketed = host.starts_with('[') && host.ends_with(']');
    const auto literal = is_bracketed ? host.substr(1, host.size() - 2) : host;
    std::array<unsigned char, sizeof(in6_addr)> ignored{};
    int number = -1;
    const auto [rest, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (::inet_pton(is_bracketed ? AF_INET6 : AF_INET, literal.c_str(), ignored.data()) == 1 &&
        error == std::errc() && rest == port.data() + port.size() && number >= 0 && number <= 65535)
        return address;
    return fail(Code::invalid_argument, "{}: '{}' must be ADDRESS:PORT with an address in numbers, not '{}'",
                settings.source_of(key), key, settings.get<std::string>(key));
}

constexpr int k_remote_port = 7443;
constexpr int k_metrics_port = 9470;

Status read_remote(const config::Settings& settings, Config& config) {
    RDT_TRY(config.metrics.listen, listen_address(settings, "metrics.listen", k_metrics_port));
    RDT_TRY(config.remote.listen, listen_address(settings, "remote.listen", k_remote_port));
    if (!settings.get<std::string>("remote.admin_certificate").empty()) {
        RDT_TRY(config.remote.admin_certificate, absolute_path(settings, "remote.admin_certificate"));
    }
    return {};
}

Status read_confidential(const config::Settings& settings, Config& config) {
    auto& out = config.confidential;
    if (!settings.get<std::string>("confidential.simulator").empty()) {
        RDT_TRY(out.simulator, absolute_path(settings, "confidential.simulator"));
    }
    if (!settings.get<std::string>("confidential.firmware").empty()) {
        RDT_TRY(out.firmware, absolute_path(settings, "confidential.firmware"));
    }
    if (!settings.get<std::string>("confidential.tdx_firmware").empty()) {
        RDT_TRY(out.tdx_firmware, absolute_path(settings, "confidential.tdx_firmware"));
    }
    if (!settings.get<std::string>("confidential.simulator_firmware").empty()) {
        RDT_TRY(out.simulator_firmware, absolute_path(settings, "confidential.simulator_firmware"));
    }
    out.quote_service_port =
        static_cast<std::uint32_t>(settings.get<std::int64_t>("confidential.quote_service_port"));
    if (const auto& broker = settings.get<std::string>("confidential.broker"); !broker.empty()) {
        RDT_TRY(out.broker, launch::BrokerAddress::parse(broker).transform_error(context(
                                "{}: 'confidential.broker'", settings.source_of("confidential.broker"))));
    }
    out.cpu_model = settings.get<std::string>("confidential.cpu_model");
    return {};
}

Status read_attestation(const config::Settings& settings, Config& config) {
    config.attestation.tpm = settings.get<std::string>("attestation.tpm");
    if (!settings.get<std::string>("attestation.event_log").empty()) {
        RDT_TRY(config.attestation.event_log, absolute_path(settings, "attestation.event_log"));
    }
    return {};
}

constexpr std::string_view k_resource_scheme = "kbs:///";

/// kbs:///redoubt-host/TYPE/TAG, of the same form as the key of a volume.
bool is_host_resource(std::string_view uri) {
    return uri.starts_with("kbs:///redoubt-host/") && launch::check_volume_key(uri).has_value();
}

Status read_broker(const config::Settings& settings, Config& config) {
    auto& broker = config.broker;
    const auto wrong = [&](std::string_view key, std::string_view why) {
        return fail(Code::invalid_argument, "{}: '{}' {}", settings.source_of(key), key, why);
    };
    broker.url = settings.get<std::string>("broker.url");
    bool has_resource = false;
    for (const auto& [key, resource] : {std::pair("broker.registry_logins", &broker.registry_logins),
                                        std::pair("broker.tls_identity", &broker.tls_identity),
                                        std::pair("broker.disk_key", &broker.disk_key)}) {
        *resource = settings.get<std::string>(key);
        if (resource->empty()) continue;
        has_resource = true;
        if (!is_host_resource(*resource)) return wrong(key, "must be kbs:///redoubt-host/TYPE/TAG");
        resource->erase(0, k_resource_scheme.size());
    }
    if (broker.url.empty() && !has_resource) return {};
    if (!broker.url.starts_with("https://")) return wrong("broker.url", "must begin with https://");
    if (broker.url.ends_with('/')) broker.url.pop_back();
    if (!has_resource)
        return wrong("broker.url", "has nothing to give: name broker.registry_logins, broker.tls_identity or "
                                   "broker.disk_key");
    if (!broker.tls_identity.empty() && settings.get<std::string>("remote.listen").empty())
        return wrong("broker.tls_identity", "is for remote.listen, which is empty");
    RDT_TRY(broker.certificate, absolute_path(settings, "broker.certificate"));
    return {};
}

constexpr std::uint32_t k_least_mtu = 1280; // of a link that carries IPv6

Status read_network(const config::Settings& settings, Config& config) {
    config.network.default_network = settings.get<std::string>("network.default");
    for (const std::filesystem::path folder : settings.get<Strings>("network.plugin_dirs")) {
        if (!folder.is_absolute())
            return fail(Code::invalid_argument,
                        "{}: 'network.plugin_dirs' must hold absolute paths, not '{}'",
                        settings.source_of("network.plugin_dirs"), folder.string());
        config.network.plugin_dirs.push_back(folder);
    }
    config.network.subnet = settings.get<std::string>("network.subnet");
    config.network.subnet6 = settings.get<std::string>("network.subnet6");
    config.network.mtu = static_cast<std::uint32_t>(settings.get<std::int64_t>("network.mtu"));
    if (config.network.mtu != 0 && config.network.mtu < k_least_mtu)
        return fail(Code::invalid_argument, "{}: 'network.mtu' must be 0 or {} to 65535, not {}",
                    settings.source_of("network.mtu"), k_least_mtu, config.network.mtu);
    config.network.plugin_timeout = settings.get<Milliseconds>("network.plugin_timeout");
    return {};
}

} // namespace

std::filesystem::path Config::socket_path() const {
    return api.socket.empty() ? runtime_dir / "redoubtd.sock" : api.socket;
}

std::filesystem::path Config::disk_key_socket() const {
    return runtime_dir / "disk-key";
}

config::Schema config_schema() {
    std::vector<config::Key> keys = place_keys();
    for (auto& group : {remote_keys(), vm_keys(), launcher_keys(), runtime_keys(), confidential_keys(),
                        attestation_keys(), broker_keys(), volume_keys(), network_keys(), image_keys()})
        keys.insert(keys.end(), group.begin(), group.end());
    return config::Schema(std::move(keys));
}

Result<config::Settings> load_settings(const std::filesystem::path& file, config::Presence presence) {
    return config::Settings::load(config_schema(), file, presence);
}

Result<Config> make_config(const config::Settings& settings) {
    Config config;
    RDT_CHECK(read_paths(settings, config));
    config.dbus.address = settings.get<std::string>("dbus.address");
    config.log.level = settings.get<std::string>("log.level");
    config.log.container_max_size = settings.get<ByteSize>("log.container_max_size").bytes;
    config.api.socket_group = settings.get<std::string>("api.socket_group");
    config.hypervisor.accel = settings.get<std::string>("hypervisor.accel");
    config.launcher.user = settings.get<std::string>("launcher.user");
    config.hypervisor.user = settings.get<std::string>("hypervisor.user");
    config.hypervisor.templates =
        static_cast<std::size_t>(settings.get<std::int64_t>("hypervisor.templates"));
    config.pool.size = static_cast<std::size_t>(settings.get<std::int64_t>("pool.size"));
    config.pool.memory = settings.get<ByteSize>("pool.memory").bytes;
    config.pool.keep = settings.get<Milliseconds>("pool.keep");
    config.sandbox.default_memory = settings.get<ByteSize>("sandbox.default_memory").bytes;
    config.sandbox.default_vcpus =
        static_cast<std::uint32_t>(settings.get<std::int64_t>("sandbox.default_vcpus"));
    config.sandbox.boot_timeout = settings.get<Milliseconds>("sandbox.boot_timeout");
    config.sandbox.stop_timeout = settings.get<Milliseconds>("sandbox.stop_timeout");
    config.runtime.minimum_level = settings.get<std::string>("runtime.minimum_level");
    config.runtime.gvisor_platform = settings.get<std::string>("runtime.gvisor_platform");
    config.volume.default_size = settings.get<ByteSize>("volume.default_size").bytes;
    RDT_CHECK(read_remote(settings, config));
    RDT_CHECK(read_confidential(settings, config));
    RDT_CHECK(read_attestation(settings, config));
    RDT_CHECK(read_broker(settings, config));
    RDT_CHECK(read_network(settings, config));
    config.image.unqualified_search_registries = settings.get<Strings>("image.unqualified_search_registries");
    config.image.insecure_registries = settings.get<Strings>("image.insecure_registries");
    config.image.auth_file = settings.get<std::string>("image.auth_file");
    config.image.max_layer_bytes = settings.get<ByteSize>("image.max_layer_bytes").bytes;
    return config;
}

} // namespace redoubt::node
