// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "host-image/status/facts.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-id128.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "common/base/file.hpp"

namespace redoubt::host_image {
namespace {

constexpr const char* k_systemd = "org.freedesktop.systemd1";
constexpr const char* k_manager_path = "/org/freedesktop/systemd1";
constexpr const char* k_manager = "org.freedesktop.systemd1.Manager";
// systemd's escaping of "redoubtd.service" in a path.
constexpr const char* k_node_path = "/org/freedesktop/systemd1/unit/redoubtd_2eservice";
constexpr const char* k_recovery_key = "/run/redoubt-host/recovery-key-waits";
constexpr const char* k_recovery_key_fetched = "/run/redoubt/recovery-key-fetched";
constexpr const char* k_fingerprint = "/run/redoubt/fingerprint";
constexpr const char* k_pairing = "/run/redoubt/pairing";
// docs/formats/pairing.md: how long a code is good.
constexpr auto k_pairing_time = std::chrono::minutes(10);

struct BusCloser {
    void operator()(sd_bus* bus) const { sd_bus_flush_close_unref(bus); }
};
struct MessageCloser {
    void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
using Bus = std::unique_ptr<sd_bus, BusCloser>;
using Message = std::unique_ptr<sd_bus_message, MessageCloser>;

std::string property(sd_bus* bus, const char* path, const char* interface, const char* name) {
    char* text = nullptr;
    if (sd_bus_get_property_string(bus, k_systemd, path, interface, name, nullptr, &text) < 0) return {};
    const std::unique_ptr<char, decltype(&std::free)> owner(text, &std::free);
    return text;
}

std::vector<std::string> failed_units(sd_bus* bus) {
    sd_bus_message* raw = nullptr;
    if (sd_bus_call_method(bus, k_systemd, k_manager_path, k_manager, "ListUnitsFiltered", nullptr, &raw,
                           "as", 1, "failed") < 0) {
        return {};
    }
    const Message reply(raw);
    std::vector<std::string> names;
    if (sd_bus_message_enter_container(raw, 'a', "(ssssssouso)") < 0) return {};
    const char* name = nullptr;
    while (sd_bus_message_enter_container(raw, 'r', "ssssssouso") > 0) {
        if (sd_bus_message_read(raw, "s", &name) < 0) break;
        names.emplace_back(name);
        if (sd_bus_message_skip(raw, "sssssouso") < 0 || sd_bus_message_exit_container(raw) < 0) break;
    }
    return names;
}

std::string written(const ifaddrs& entry) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (entry.ifa_addr->sa_family == AF_INET) {
        const auto* address = reinterpret_cast<const sockaddr_in*>(entry.ifa_addr);
        inet_ntop(AF_INET, &address->sin_addr, text.data(), text.size());
    } else if (entry.ifa_addr->sa_family == AF_INET6) {
        const auto* address = reinterpret_cast<const sockaddr_in6*>(entry.ifa_addr);
        if (IN6_IS_ADDR_LINKLOCAL(&address->sin6_addr)) return {};
        inet_ntop(AF_INET6, &address->sin6_addr, text.data(), text.size());
    }
    return text.data();
}

std::vector<std::string> addresses() {
    ifaddrs* first = nullptr;
    if (getifaddrs(&first) != 0) return {};
    const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(first, &freeifaddrs);
    std::vector<std::string> found;
    for (const auto* entry = first; entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr == nullptr || (entry->ifa_flags & IFF_LOOPBACK) != 0) continue;
        if (auto text = written(*entry); !text.empty()) found.push_back(std::move(text));
    }
    return found;
}

/// A line of a small file; empty where it cannot be read.
std::string line_of(const char* file) {
    auto text = read_file(file, 256).value_or("");
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

/// Its file stays when the code is void.
std::string pairing_code() {
    std::error_code error;
    const auto written = std::filesystem::last_write_time(k_pairing, error);
    if (error || std::filesystem::file_time_type::clock::now() - written > k_pairing_time) return {};
    return line_of(k_pairing);
}

std::string host_name() {
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) != 0) return {};
    return name.data();
}

/// The machine's id itself is not for others: this follows from it, for this program alone.
std::string installation_id() {
    constexpr sd_id128_t k_status =
        SD_ID128_MAKE(5e, 0d, 0c, 9b, 0f, 6a, 4d, 0e, 9a, 43, 21, 7c, 3d, e5, 88, 10);
    sd_id128_t id{};
    if (sd_id128_get_machine_app_specific(k_status, &id) < 0) return {};
    std::array<char, SD_ID128_STRING_MAX> text{};
    return std::string(sd_id128_to_string(id, text.data())).substr(0, 16);
}

} // namespace

NodeFacts gather_facts() {
    NodeFacts facts{.version = REDOUBT_VERSION,
                    .host_name = host_name(),
                    .id = installation_id(),
                    .addresses = addresses()};
    sd_bus* raw = nullptr;
    if (sd_bus_open_system(&raw) >= 0) {
        const Bus bus(raw);
        facts.system_state = property(raw, k_manager_path, k_manager, "SystemState");
        facts.node_state = property(raw, k_node_path, "org.freedesktop.systemd1.Unit", "ActiveState");
        facts.node_text = property(raw, k_node_path, "org.freedesktop.systemd1.Service", "StatusText");
        facts.failed_units = failed_units(raw);
    }
    std::error_code ignored;
    // Two files of two writers: the initrd's says that it waited at the boot, redoubtd's that it has been
    // fetched since.
    facts.recovery_key_waits = std::filesystem::exists(k_recovery_key, ignored) &&
                               !std::filesystem::exists(k_recovery_key_fetched, ignored);
    facts.fingerprint = line_of(k_fingerprint);
    facts.pairing_code = pairing_code();
    return facts;
}

} // namespace redoubt::host_image
