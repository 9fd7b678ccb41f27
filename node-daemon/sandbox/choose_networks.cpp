// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "node-daemon/sandbox/connect_network.hpp"

namespace redoubt::node::sandbox {
namespace {

constexpr std::size_t k_most_networks = 5; // what a VM has places for
constexpr std::size_t k_most_ports = 1024;

bool is_address(const std::string& text) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    return ::inet_pton(text.contains(':') ? AF_INET6 : AF_INET, text.c_str(), bytes.data()) == 1;
}

Status check_port(const launch::PortMapping& port) {
    constexpr std::array protocols{"tcp", "udp", "sctp"};
    if (port.host_port == 0 || port.container_port == 0)
        return fail(Code::invalid_argument, "port {}:{}: a port is 1 to 65535", port.host_port,
                    port.container_port);
    if (!std::ranges::contains(protocols, port.protocol))
        return fail(Code::invalid_argument, "port {}: protocol '{}' is not tcp, udp or sctp", port.host_port,
                    port.protocol);
    if (!port.host_ip.empty() && !is_address(port.host_ip))
        return fail(Code::invalid_argument, "port {}: '{}' is not an address of this host", port.host_port,
                    port.host_ip);
    return {};
}

Status check_ports(const std::vector<launch::PortMapping>& ports) {
    if (ports.size() > k_most_ports)
        return fail(Code::invalid_argument, "{} ports; the most is {}", ports.size(), k_most_ports);
    for (const auto& port : ports) RDT_CHECK(check_port(port));
    for (auto port = ports.begin(); port != ports.end(); ++port)
        if (std::ranges::contains(ports.begin(), port, *port))
            return fail(Code::invalid_argument, "port {}/{} is mapped twice", port->host_port,
                        port->protocol);
    return {};
}

std::string join(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

std::string list_problems(const std::vector<std::string>& problems) {
    std::string text;
    for (const auto& problem : problems) text += "; cannot be used: " + problem;
    return text;
}

Result<std::vector<std::string>> choose(const Result<network::KnownNetworks>& known,
                                        const ContainerSpec& spec) {
    if (!known) {
        if (spec.networks.empty() && spec.ports.empty()) return std::vector<std::string>{k_no_network};
        return std::unexpected(known.error().within("no network can be used"));
    }
    if (spec.networks.empty()) return std::vector{known->names.front()};
    for (auto name = spec.networks.begin(); name != spec.networks.end(); ++name) {
        if (!std::ranges::contains(known->names, *name))
            return fail(Code::invalid_argument, "no network '{}': this node has {}{}", *name,
                        join(known->names), list_problems(known->problems));
        if (std::ranges::contains(spec.networks.begin(), name, *name))
            return fail(Code::invalid_argument, "network '{}' is named twice", *name);
    }
    return spec.networks;
}

/// Bits a second of one annotation; 0 when it is not there. Source: Kubernetes, "Network Plugins", traffic
/// shaping.
Result<std::uint64_t> parse_rate(const std::map<std::string, std::string>& annotations,
                                 const std::string& name) {
    constexpr std::uint64_t k_most = 1'000'000'000'000'000; // a petabit
    constexpr std::uint64_t k_least = 1'000;
    constexpr std::string_view k_letters = "kMGT";
    const auto found = annotations.find(name);
    if (found == annotations.end()) return 0;
    const auto& text = found->second;
    const auto* const last = text.data() + text.size();
    std::uint64_t rate = 0;
    const auto [end, error] = std::from_chars(text.data(), last, rate);
    const auto letter = last - end == 1 ? k_letters.find(*end) : std::string_view::npos;
    bool is_wrong = error != std::errc() || (end != last && letter == std::string_view::npos);
    for (std::size_t i = 0; !is_wrong && letter != std::string_view::npos && i <= letter; ++i) {
        is_wrong = rate > k_most / 1000;
        rate *= 1000;
    }
    if (is_wrong || rate < k_least || rate > k_most)
        return fail(Code::invalid_argument, "annotation {}: '{}' is not bits a second such as 10M", name,
                    text);
    return rate;
}

} // namespace

Result<launch::Bandwidth> parse_bandwidth(const std::map<std::string, std::string>& annotations) {
    launch::Bandwidth bandwidth;
    RDT_TRY(bandwidth.ingress, parse_rate(annotations, "kubernetes.io/ingress-bandwidth"));
    RDT_TRY(bandwidth.egress, parse_rate(annotations, "kubernetes.io/egress-bandwidth"));
    return bandwidth;
}

Task<std::vector<std::string>> choose_networks(Node& node, ContainerSpec spec) {
    RDT_CO_CHECK(check_ports(spec.ports));
    RDT_CO_CHECK(parse_bandwidth(spec.annotations));
    if (spec.networks.size() > k_most_networks)
        co_return fail(Code::invalid_argument, "{} networks; the most is {}", spec.networks.size(),
                       k_most_networks);
    if (std::ranges::contains(spec.networks, k_no_network)) {
        if (spec.networks.size() > 1)
            co_return fail(Code::invalid_argument, "network 'none' goes with no other");
        if (!spec.ports.empty())
            co_return fail(Code::invalid_argument, "ports cannot be mapped without a network");
        co_return spec.networks;
    }
    const auto known = co_await node.network.known();
    co_return choose(known, spec);
}

} // namespace redoubt::node::sandbox
