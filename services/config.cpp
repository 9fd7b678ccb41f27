// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/config.hpp"

#include "common/http/loopback.hpp"

namespace redoubt::services {
namespace {

using config::ByteSize;
using config::Limits;
using config::Milliseconds;
using config::Strings;

constexpr std::int64_t k_kib = 1LL << 10U;
constexpr std::int64_t k_mib = 1LL << 20U;
constexpr std::int64_t k_second = 1000;
constexpr std::int64_t k_minute = 60 * k_second;

std::string text(const char* value) {
    return value;
}

std::vector<config::Key> place_keys() {
    return {
        {.name = "listen",
         .default_value = text("127.0.0.1:8080"),
         .description = "address and port; a socket that the service manager passes goes first"},
        {.name = "state_dir", .default_value = text("/var/lib/redoubt-kbs"), .description = "the store"},
        {.name = "log.level",
         .default_value = text("info"),
         .description = "what the service logs",
         .choices = {"error", "warning", "info", "debug"}},
        {.name = "tls.certificate",
         .default_value = text("/etc/redoubt-kbs/tls.crt"),
         .description = "certificate chain in PEM form"},
        {.name = "tls.private_key",
         .default_value = text("/etc/redoubt-kbs/tls.key"),
         .description = "its key in PEM form"},
        {.name = "tls.client_authorities",
         .default_value = text(""),
         .description = "authorities of administrators' certificates in PEM form; empty: none are asked for"},
        {.name = "tls.off",
         .default_value = false,
         .description = "plain HTTP, for a proxy on the same machine; only on a loopback address"},
        {.name = "grpc.listen",
         .default_value = text(""),
         .description =
             "address and port for relying parties over gRPC, with tls.client_authorities; empty: none"},
    };
}

/// What opens the store, and tells an earlier copy of it.
std::vector<config::Key> store_keys() {
    return {
        {.name = "unseal.passphrase_file",
         .default_value = text(""),
         .description = "what opens the store; empty: the credential 'passphrase' of the service manager"},
        {.name = "unseal.memory",
         .default_value = ByteSize{64 * k_mib},
         .description = "memory that one try of a passphrase takes; used by init",
         .limits = Limits{k_mib, 4096 * k_mib}},
        {.name = "unseal.passes",
         .default_value = std::int64_t{3},
         .description = "passes over that memory; used by init",
         .limits = Limits{1, 64}},
        {.name = "unseal.tpm",
         .default_value = text(""),
         .description =
             "TPM that may open the store, as tss2 writes it, \"device:/dev/tpmrm0\"; empty: none"},
        {.name = "unseal.tpm_pin_file",
         .default_value = text(""),
         .description = "PIN of the TPM's slot; empty: the credential 'tpm-pin' of the service manager"},
        {.name = "unseal.tpm_pcr_signature",
         .default_value = text("/run/systemd/tpm2-pcr-signature.json"),
         .description = "what was signed of the booted kernel, for slots of a measured boot"},
        {.name = "rollback.counter",
         .default_value = text("file"),
         .description = "where the number is that tells an earlier copy of the store",
         .choices = {"file", "tpm", "off"}},
        {.name = "rollback.file",
         .default_value = text(""),
         .description = "that file, best on another disk than the store; empty: 'counter' in state_dir"},
        {.name = "rollback.tpm_index",
         .default_value = std::int64_t{0x01805242},
         .description = "index of that counter in the TPM of unseal.tpm",
         .limits = Limits{0x01800000, 0x01bfffff}},
        {.name = "rollback.tpm_pause",
         .default_value = Milliseconds{10 * k_minute},
         .description = "between two rises of the TPM's counter, whose memory wears out",
         .limits = Limits{0, 24LL * 60 * k_minute}},
    };
}

std::vector<config::Key> trust_keys() {
    return {
        {.name = "admin.certificates",
         .default_value = Strings{},
         .description = "administrators by client certificate: SHA256=ROLE or SHA256=ROLE@TENANT"},
        {.name = "admin.issuers",
         .default_value = Strings{},
         .description = "who signs administrators' tokens: ISSUER=FILE of a public key in PEM form"},
        {.name = "protocol.versions",
         .default_value = Strings{"0.4.0"},
         .description = "versions of the key broker protocol that are accepted"},
        {.name = "protocol.session_lifetime",
         .default_value = Milliseconds{5 * k_minute},
         .description = "time from challenge to attestation and releases",
         .limits = Limits{k_second, 60 * k_minute}},
        {.name = "token.issuer",
         .default_value = text("redoubt-kbs"),
         .description = "who tokens say they are from"},
        {.name = "token.lifetime",
         .default_value = Milliseconds{5 * k_minute},
         .description = "how long a token is good",
         .limits = Limits{k_second, 24LL * 60 * k_minute}},
    };
}

/// What vendors say of their processors.
std::vector<config::Key> collateral_keys() {
    return {
        {.name = "collateral.folder",
         .default_value = text("/var/lib/redoubt-kbs/collateral"),
         .description = "what vendors say: snp/, tdx/FAMILY/ and vcek/; read at start and on reload"},
        {.name = "collateral.anchors",
         .default_value = Strings{},
         .description =
             "further roots in PEM form; a simulator's is believed only by tenants that enable it"},
        {.name = "collateral.require_revocation_lists",
         .default_value = true,
         .description = "refuse processors whose vendor's revocation list is not at hand"},
    };
}

/// Whom it is fetched from.
std::vector<config::Key> vendor_keys() {
    return {
        {.name = "collateral.amd_url",
         .default_value = text(""),
         .description =
             "AMD's key distribution service, https://HOST, or who stands for it; empty: nothing of "
             "AMD's is fetched"},
        {.name = "collateral.amd_products",
         .default_value = Strings{"Milan", "Genoa", "Turin"},
         .description = "processors whose chains and revocation lists are fetched"},
        {.name = "collateral.amd_vceks",
         .default_value = false,
         .description = "fetch the VCEK of a guest's chip when it is needed, too"},
        {.name = "collateral.amd_vceks_per_minute",
         .default_value = std::int64_t{6},
         .description = "at most",
         .limits = Limits{1, 6000}},
        {.name = "collateral.intel_url",
         .default_value = text(""),
         .description = "Intel's provisioning certification service, https://HOST, or a cache of it; empty: "
                        "nothing of Intel's is fetched"},
        {.name = "collateral.intel_platforms",
         .default_value = Strings{},
         .description = "FMSPCs, 12 hex digits each, of the platforms whose TCB info is fetched"},
        {.name = "collateral.intel_root_list",
         .default_value = text(""),
         .description =
             "address of the list of Intel's root; empty: rootcacrl of collateral.intel_url, which "
             "caches have"},
        {.name = "collateral.authorities",
         .default_value = text(""),
         .description = "who alone stands behind these servers' certificates, in PEM form; empty: the "
                        "system's authorities"},
    };
}

/// How it is fetched.
std::vector<config::Key> fetch_keys() {
    return {
        {.name = "collateral.refresh",
         .default_value = Milliseconds{24LL * 60 * k_minute},
         .description = "time after which it is fetched again, unless it ends before",
         .limits = Limits{k_second, 30LL * 24 * 60 * k_minute}},
        {.name = "collateral.retry",
         .default_value = Milliseconds{k_minute},
         .description = "time after a first failure; every further one doubles it, up to an hour",
         .limits = Limits{k_second, 60 * k_minute}},
        {.name = "collateral.timeout",
         .default_value = Milliseconds{20 * k_second},
         .description = "for one answer",
         .limits = Limits{100, 5 * k_minute}},
        {.name = "collateral.answer",
         .default_value = ByteSize{4 * k_mib},
         .description = "largest answer",
         .limits = Limits{k_kib, 16 * k_mib}},
    };
}

std::vector<config::Key> plugin_keys() {
    return {
        {.name = "plugins.endpoints",
         .default_value = Strings{},
         .description = "external plugins: NAME=https://HOST:PORT or NAME=unix:/PATH"},
        {.name = "plugins.authorities",
         .default_value = text(""),
         .description = "authorities of their certificates in PEM form"},
        {.name = "plugins.certificate",
         .default_value = text(""),
         .description = "what the broker shows them, in PEM form"},
        {.name = "plugins.private_key", .default_value = text(""), .description = "its key in PEM form"},
        {.name = "plugins.timeout",
         .default_value = Milliseconds{5 * k_second},
         .description = "for one call",
         .limits = Limits{100, k_minute}},
        {.name = "plugins.answer",
         .default_value = ByteSize{k_mib},
         .description = "largest answer",
         .limits = Limits{k_kib, 16 * k_mib}},
        {.name = "plugins.calls",
         .default_value = std::int64_t{64},
         .description = "at once, of one plugin",
         .limits = Limits{1, 4096}},
    };
}

std::vector<config::Key> limit_keys() {
    return {
        {.name = "limits.connections",
         .default_value = std::int64_t{1024},
         .description = "at once",
         .limits = Limits{1, 65536}},
        {.name = "limits.connections_of_peer",
         .default_value = std::int64_t{256},
         .description = "at once from one address",
         .limits = Limits{1, 65536}},
        {.name = "limits.body",
         .default_value = ByteSize{2 * k_mib},
         .description = "largest request",
         .limits = Limits{k_kib, 64 * k_mib}},
        {.name = "limits.header",
         .default_value = ByteSize{128 * k_kib},
         .description = "largest request header",
         .limits = Limits{k_kib, k_mib}},
        {.name = "limits.header_time",
         .default_value = Milliseconds{10 * k_second},
         .description = "for a whole header, and between requests",
         .limits = Limits{100, 10 * k_minute}},
        {.name = "limits.body_time",
         .default_value = Milliseconds{30 * k_second},
         .description = "for a whole body",
         .limits = Limits{100, 10 * k_minute}},
        {.name = "limits.guest_rate",
         .default_value = std::int64_t{50},
         .description = "requests a second of one guest's address",
         .limits = Limits{1, 1'000'000}},
        {.name = "limits.guest_burst",
         .default_value = std::int64_t{200},
         .description = "requests of one guest's address at once",
         .limits = Limits{1, 1'000'000}},
    };
}

/// Of "HOST:PORT", the host in brackets where it is an IPv6 address.
bool listens_here_only(const std::string& listen) {
    auto host = listen.substr(0, listen.rfind(':'));
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    return http::is_loopback(host);
}

/// Errors: invalid_argument naming the key whose value is no address, processor or platform.
Result<Config::Collateral> read_collateral(const config::Settings& settings) {
    const auto string = [&](std::string_view name) { return settings.get<std::string>(name); };
    Config::Collateral read;
    read.folder = string("collateral.folder");
    read.anchors = settings.get<Strings>("collateral.anchors");
    read.requires_revocation_lists = settings.get<bool>("collateral.require_revocation_lists");
    read.authorities = string("collateral.authorities");
    auto& fetch = read.fetch;
    for (const auto& [name, url] : {std::pair("collateral.amd_url", &fetch.amd_url),
                                    std::pair("collateral.intel_url", &fetch.intel_url),
                                    std::pair("collateral.intel_root_list", &fetch.intel_root_list)})
        if (const auto text = string(name); !text.empty()) {
            RDT_TRY(*url, vendors::parse_base_url(text).transform_error(context("{}", name)));
        }
    for (const auto& text : settings.get<Strings>("collateral.amd_products")) {
        RDT_TRY(const auto product,
                tee::sev_snp::parse_product(text).transform_error(context("collateral.amd_products")));
        fetch.amd_products.push_back(product);
    }
    for (const auto& text : settings.get<Strings>("collateral.intel_platforms")) {
        RDT_TRY(auto platform,
                vendors::parse_platform(text).transform_error(context("collateral.intel_platforms")));
        fetch.intel_platforms.push_back(std::move(platform));
    }
    fetch.fetches_vceks = settings.get<bool>("collateral.amd_vceks");
    fetch.vceks_per_minute =
        static_cast<double>(settings.get<std::int64_t>("collateral.amd_vceks_per_minute"));
    const auto seconds = [&](std::string_view name) {
        return std::chrono::ceil<std::chrono::seconds>(
            std::chrono::milliseconds(settings.get<Milliseconds>(name)));
    };
    fetch.refresh = seconds("collateral.refresh");
    fetch.retry = seconds("collateral.retry");
    fetch.timeout = settings.get<Milliseconds>("collateral.timeout");
    fetch.answer_bytes = settings.get<ByteSize>("collateral.answer").bytes;
    if (fetch.fetches_vceks && fetch.amd_url.empty())
        return fail(Code::invalid_argument, "collateral.amd_vceks: collateral.amd_url names nobody to ask");
    if (!fetch.intel_url.empty() && fetch.intel_platforms.empty())
        return fail(Code::invalid_argument,
                    "collateral.intel_url: collateral.intel_platforms names no platform to fetch for");
    return read;
}

} // namespace

config::Schema config_schema() {
    std::vector<config::Key> keys;
    for (auto part : {place_keys(), store_keys(), trust_keys(), collateral_keys(), vendor_keys(),
                      fetch_keys(), plugin_keys(), limit_keys()})
        keys.insert(keys.end(), part.begin(), part.end());
    return config::Schema(std::move(keys));
}

Result<config::Settings> load_settings(const std::filesystem::path& file, config::Presence presence) {
    return config::Settings::load(config_schema(), file, presence);
}

Result<Config> make_config(const config::Settings& settings) {
    const auto string = [&](std::string_view name) { return settings.get<std::string>(name); };
    const auto number = [&](std::string_view name) { return settings.get<std::int64_t>(name); };
    Config config;
    config.listen = string("listen");
    config.state_dir = string("state_dir");
    config.log_level = string("log.level");
    config.tls = {string("tls.certificate"), string("tls.private_key"), string("tls.client_authorities"),
                  settings.get<bool>("tls.off")};
    config.grpc.listen = string("grpc.listen");
    config.unseal = {string("unseal.passphrase_file"), settings.get<ByteSize>("unseal.memory").bytes,
                     number("unseal.passes"),          string("unseal.tpm"),
                     string("unseal.tpm_pin_file"),    string("unseal.tpm_pcr_signature")};
    config.rollback = {string("rollback.counter"), string("rollback.file"), number("rollback.tpm_index"),
                       settings.get<Milliseconds>("rollback.tpm_pause")};
    if (config.rollback.file.empty()) config.rollback.file = config.state_dir / "counter";
    config.admin = {settings.get<Strings>("admin.certificates"), settings.get<Strings>("admin.issuers")};
    config.protocol = {settings.get<Milliseconds>("protocol.session_lifetime"),
                       settings.get<Strings>("protocol.versions"), string("token.issuer"),
                       settings.get<Milliseconds>("token.lifetime")};
    RDT_TRY(config.collateral, read_collateral(settings));
    config.plugins = {settings.get<Strings>("plugins.endpoints"),
                      string("plugins.authorities"),
                      string("plugins.certificate"),
                      string("plugins.private_key"),
                      settings.get<Milliseconds>("plugins.timeout"),
                      settings.get<ByteSize>("plugins.answer").bytes,
                      number("plugins.calls")};
    config.limits = {number("limits.connections"),
                     number("limits.connections_of_peer"),
                     settings.get<ByteSize>("limits.body").bytes,
                     settings.get<ByteSize>("limits.header").bytes,
                     settings.get<Milliseconds>("limits.header_time"),
                     settings.get<Milliseconds>("limits.body_time"),
                     number("limits.guest_rate"),
                     number("limits.guest_burst")};
    if (config.tls.is_off && !listens_here_only(config.listen))
        return fail(Code::invalid_argument,
                    "tls.off: plain HTTP is for loopback addresses only, and listen is '{}'", config.listen);
    if (!config.grpc.listen.empty() && (config.tls.is_off || config.tls.client_authorities.empty()))
        return fail(
            Code::invalid_argument,
            "grpc.listen: relying parties show certificates; it needs tls.client_authorities, and TLS");
    if (config.rollback.counter == "tpm" && config.unseal.tpm.empty())
        return fail(Code::invalid_argument, "rollback.counter: it is in a TPM, and unseal.tpm names none");
    return config;
}

} // namespace redoubt::services
