// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/appliance/answers.hpp"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <format>
#include <memory>
#include <utility>

#include "common/config/settings.hpp"

namespace redoubt::appliance {
namespace {

constexpr std::size_t k_max_label = 63;
constexpr std::size_t k_mac_length = 17;
constexpr std::array<std::string_view, 4> k_levels = {"runc", "gvisor", "vm", "confidential"};
constexpr std::string_view k_lower_and_digits = "abcdefghijklmnopqrstuvwxyz0123456789";

config::Schema schema() {
    const auto text = [](const char* value) { return std::string(value); };
    return config::Schema({
        {.name = "answers", .default_value = std::int64_t{0}, .description = "format of the file: 1"},
        {.name = "disk.where", .default_value = text(""), .description = "serial number, path, or \"only\""},
        {.name = "disk.erase", .default_value = false, .description = "what is on the disk may go"},
        {.name = "system.name", .default_value = text("redoubt"), .description = "host name"},
        {.name = "system.minimum_isolation",
         .default_value = text("vm"),
         .description = "weakest isolation level of containers"},
        {.name = "network.interface", .default_value = text(""), .description = "hardware address"},
        {.name = "network.addresses",
         .default_value = config::Strings{},
         .description = "with prefix length; none: DHCP"},
        {.name = "network.gateway", .default_value = text(""), .description = "address of the router"},
        {.name = "network.name_servers", .default_value = config::Strings{}, .description = "addresses"},
        {.name = "administrator.certificate", .default_value = text(""), .description = "PEM"},
        {.name = "broker.url", .default_value = text(""), .description = "https://..., of the key broker"},
        {.name = "broker.certificate", .default_value = text(""), .description = "PEM: who may be it"},
        {.name = "broker.registry_logins",
         .default_value = text(""),
         .description = "kbs:///redoubt-host/TYPE/TAG"},
        {.name = "broker.tls_identity",
         .default_value = text(""),
         .description = "kbs:///redoubt-host/TYPE/TAG"},
        {.name = "broker.disk_key", .default_value = text(""), .description = "kbs:///redoubt-host/TYPE/TAG"},
        {.name = "volumes.disk",
         .default_value = text(""),
         .description = "path, of a disk for volumes alone"},
    });
}

bool is_address(const std::string& text) {
    std::array<unsigned char, 16> bytes{};
    return inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 ||
           inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

bool is_address_with_prefix(const std::string& text) {
    const auto slash = text.find('/');
    if (slash == std::string::npos || !is_address(text.substr(0, slash))) return false;
    const auto digits = std::string_view(text).substr(slash + 1);
    unsigned bits = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    const unsigned most = text.find(':') == std::string::npos ? 32 : 128;
    return error == std::errc() && end == digits.data() + digits.size() && bits >= 1 && bits <= most;
}

bool is_host_name(std::string_view text) {
    return !text.empty() && text.size() <= k_max_label && text.front() != '-' && text.back() != '-' &&
           std::ranges::all_of(
               text, [](char letter) { return letter == '-' || k_lower_and_digits.contains(letter); });
}

bool is_hardware_address(std::string_view text) {
    if (text.size() != k_mac_length) return false;
    for (std::size_t n = 0; n < text.size(); ++n) {
        const bool separator = n % 3 == 2;
        if (separator ? text[n] != ':' : !std::string_view("0123456789abcdef").contains(text[n]))
            return false;
    }
    return true;
}

/// A serial number goes into no path and no command: it is compared.
bool is_disk(std::string_view text) {
    return !text.empty() && text.size() <= 128 &&
           std::ranges::all_of(text, [](char letter) { return letter > ' ' && letter <= '~'; }) &&
           !text.contains("..");
}

/// Goes into files of settings, in quotes.
bool is_plain(std::string_view text) {
    return std::ranges::all_of(text, [](char letter) {
        return letter > ' ' && letter <= '~' && letter != '\'' && letter != '"' && letter != '\\';
    });
}

bool is_device(std::string_view text) {
    return is_disk(text) && is_plain(text) && text.starts_with("/dev/");
}

constexpr std::string_view k_host_resource = "kbs:///redoubt-host/";

/// "kbs:///redoubt-host/TYPE/TAG". What a part may be made of says the broker.
bool is_host_resource(std::string_view text) {
    if (!text.starts_with(k_host_resource)) return false;
    text.remove_prefix(k_host_resource.size());
    const auto slash = text.find('/');
    return slash != std::string_view::npos && slash > 0 && slash + 1 < text.size() &&
           text.find('/', slash + 1) == std::string_view::npos && is_plain(text);
}

bool is_certificate(std::string_view pem) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> input(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
    if (!input) return false;
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509(input.get(), nullptr, nullptr, nullptr), &X509_free);
    return certificate != nullptr;
}

/// A TOML string; bytes that are not printable ASCII by their number, so that no text ends it.
std::string toml_text(std::string_view text) {
    std::string out = "\"";
    for (const char letter : text) {
        if (letter == '"' || letter == '\\') {
            out += std::format("\\{}", letter);
        } else if (letter < ' ' || letter > '~') {
            out += std::format("\\u{:04x}", static_cast<unsigned char>(letter));
        } else {
            out += letter;
        }
    }
    return out + "\"";
}

std::string toml_text(const std::vector<std::string>& texts) {
    std::string out = "[";
    for (const auto& text : texts) out += toml_text(text) + ", ";
    return out + "]";
}

Status check(bool right, const std::string& file, std::string_view key, std::string_view wanted) {
    if (right) return {};
    return fail(Code::invalid_argument, "{}: {}: {}", file, key, wanted);
}

Status check_broker(const Answers& answers, const std::string& file) {
    const auto& broker = answers.broker;
    bool has_resource = false;
    for (const auto& [key, resource] : {std::pair("broker.registry_logins", &broker.registry_logins),
                                        std::pair("broker.tls_identity", &broker.tls_identity),
                                        std::pair("broker.disk_key", &broker.disk_key)}) {
        if (resource->empty()) continue;
        has_resource = true;
        RDT_CHECK(check(is_host_resource(*resource), file, key, "has to be kbs:///redoubt-host/TYPE/TAG"));
    }
    const bool has_broker = !broker.url.empty();
    RDT_CHECK(check(has_broker == has_resource, file, "broker.url",
                    "is for registry_logins, tls_identity or disk_key, and these for a broker"));
    RDT_CHECK(check(!has_broker || (broker.url.starts_with("https://") && is_plain(broker.url)), file,
                    "broker.url", "not a URL that begins with https://"));
    RDT_CHECK(check(has_broker ? is_certificate(broker.certificate) : broker.certificate.empty(), file,
                    "broker.certificate", "not the broker's certificate in PEM"));
    RDT_CHECK(check(answers.volumes_disk.empty() || is_device(answers.volumes_disk), file, "volumes.disk",
                    "not a path below /dev"));
    return check(answers.volumes_disk.empty() == broker.disk_key.empty(), file, "volumes.disk",
                 "goes with broker.disk_key, whose key it has");
}

Status check_answers(const Answers& answers, const std::string& file) {
    RDT_CHECK(check(is_disk(answers.disk), file, "disk.where",
                    "has to be a serial number, a path below /dev, or \"only\""));
    RDT_CHECK(check(is_host_name(answers.host_name), file, "system.name",
                    "not a host name of lower-case letters, digits and '-'"));
    RDT_CHECK(check(std::ranges::contains(k_levels, answers.minimum_isolation), file,
                    "system.minimum_isolation", "has to be runc, gvisor, vm or confidential"));
    RDT_CHECK(check(answers.interface.empty() || is_hardware_address(answers.interface), file,
                    "network.interface", "not a hardware address such as \"52:54:00:12:34:56\""));
    RDT_CHECK(check(std::ranges::all_of(answers.addresses, is_address_with_prefix), file, "network.addresses",
                    "not addresses with a prefix length such as \"192.0.2.7/24\""));
    RDT_CHECK(check(answers.gateway.empty() || is_address(answers.gateway), file, "network.gateway",
                    "not an address"));
    RDT_CHECK(check(answers.gateway.empty() || !answers.addresses.empty(), file, "network.gateway",
                    "is for networks with addresses, not DHCP"));
    RDT_CHECK(check(std::ranges::all_of(answers.name_servers, is_address), file, "network.name_servers",
                    "not addresses"));
    RDT_CHECK(check(answers.administrator.empty() || is_certificate(answers.administrator), file,
                    "administrator.certificate", "not a certificate in PEM"));
    return check_broker(answers, file);
}

} // namespace

Result<Answers> parse_answers(std::string_view text, const std::string& file) {
    if (text.size() > k_max_answers)
        return fail(Code::invalid_argument, "{}: larger than {} bytes", file, k_max_answers);
    config::Settings settings(schema());
    RDT_CHECK(settings.merge(text, file));
    RDT_CHECK(check(settings.get<std::int64_t>("answers") == 1, file, "answers",
                    "has to be 1: the format of this file"));
    Answers answers{
        .disk = settings.get<std::string>("disk.where"),
        .erase = settings.get<bool>("disk.erase"),
        .host_name = settings.get<std::string>("system.name"),
        .minimum_isolation = settings.get<std::string>("system.minimum_isolation"),
        .interface = settings.get<std::string>("network.interface"),
        .addresses = settings.get<config::Strings>("network.addresses"),
        .gateway = settings.get<std::string>("network.gateway"),
        .name_servers = settings.get<config::Strings>("network.name_servers"),
        .administrator = settings.get<std::string>("administrator.certificate"),
        .broker = {.url = settings.get<std::string>("broker.url"),
                   .certificate = settings.get<std::string>("broker.certificate"),
                   .registry_logins = settings.get<std::string>("broker.registry_logins"),
                   .tls_identity = settings.get<std::string>("broker.tls_identity"),
                   .disk_key = settings.get<std::string>("broker.disk_key")},
        .volumes_disk = settings.get<std::string>("volumes.disk"),
    };
    RDT_CHECK(check_answers(answers, file));
    return answers;
}

std::string render_answers(const Answers& answers) {
    return std::format(
        "answers = 1\n\n[disk]\nwhere = {}\nerase = {}\n\n[system]\nname = {}\nminimum_isolation = {}\n\n"
        "[network]\ninterface = {}\naddresses = {}\ngateway = {}\nname_servers = {}\n\n"
        "[administrator]\ncertificate = {}\n\n[broker]\nurl = {}\ncertificate = {}\nregistry_logins = {}\n"
        "tls_identity = {}\ndisk_key = {}\n\n[volumes]\ndisk = {}\n",
        toml_text(answers.disk), answers.erase, toml_text(answers.host_name),
        toml_text(answers.minimum_isolation), toml_text(answers.interface), toml_text(answers.addresses),
        toml_text(answers.gateway), toml_text(answers.name_servers), toml_text(answers.administrator),
        toml_text(answers.broker.url), toml_text(answers.broker.certificate),
        toml_text(answers.broker.registry_logins), toml_text(answers.broker.tls_identity),
        toml_text(answers.broker.disk_key), toml_text(answers.volumes_disk));
}

std::string render_network(const Answers& answers) {
    std::string text = "[Match]\n";
    text += answers.interface.empty() ? "Type=ether\nKind=!*\n"
                                      : std::format("MACAddress={}\n", answers.interface);
    text += "\n[Network]\n";
    if (answers.addresses.empty()) text += "DHCP=yes\nIPv6AcceptRA=yes\n";
    for (const auto& address : answers.addresses) text += std::format("Address={}\n", address);
    if (!answers.gateway.empty()) text += std::format("Gateway={}\n", answers.gateway);
    for (const auto& server : answers.name_servers) text += std::format("DNS={}\n", server);
    return text;
}

} // namespace redoubt::appliance
