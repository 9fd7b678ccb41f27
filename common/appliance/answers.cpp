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
    return check(answers.administrator.empty() || is_certificate(answers.administrator), file,
                 "administrator.certificate", "not a certificate in PEM");
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
    };
    RDT_CHECK(check_answers(answers, file));
    return answers;
}

std::string render_answers(const Answers& answers) {
    return std::format(
        "answers = 1\n\n[disk]\nwhere = {}\nerase = {}\n\n[system]\nname = {}\nminimum_isolation = {}\n\n"
        "[network]\ninterface = {}\naddresses = {}\ngateway = {}\nname_servers = {}\n\n"
        "[administrator]\ncertificate = {}\n",
        toml_text(answers.disk), answers.erase, toml_text(answers.host_name),
        toml_text(answers.minimum_isolation), toml_text(answers.interface), toml_text(answers.addresses),
        toml_text(answers.gateway), toml_text(answers.name_servers), toml_text(answers.administrator));
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
