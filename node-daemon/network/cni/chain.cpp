// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/cni/chain.hpp"

#include <unistd.h>

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <format>
#include <mutex>
#include <ranges>

namespace redoubt::node::network::cni {
namespace {

boost::json::array render_ports(const std::vector<launch::PortMapping>& ports) {
    boost::json::array out;
    for (const auto& port : ports) {
        boost::json::object mapping{{"hostPort", port.host_port},
                                    {"containerPort", port.container_port},
                                    {"protocol", port.protocol}};
        if (!port.host_ip.empty()) mapping["hostIP"] = port.host_ip;
        out.emplace_back(std::move(mapping));
    }
    return out;
}

constexpr std::uint64_t k_least_burst = 8ULL << 16U; // bits

/// A burst of a tenth of a second, and of one large packet at least.
boost::json::object render_bandwidth(const launch::Bandwidth& bandwidth) {
    const auto burst = [](std::uint64_t rate) { return std::max(rate / 10, k_least_burst); };
    boost::json::object out;
    if (bandwidth.ingress != 0) {
        out["ingressRate"] = bandwidth.ingress;
        out["ingressBurst"] = burst(bandwidth.ingress);
    }
    if (bandwidth.egress != 0) {
        out["egressRate"] = bandwidth.egress;
        out["egressBurst"] = burst(bandwidth.egress);
    }
    return out;
}

/// Whether the plugin said that it understands a runtime's argument.
bool is_capable(const boost::json::object& plugin, std::string_view capability) {
    const auto* capabilities = plugin.if_contains("capabilities");
    if (capabilities == nullptr || !capabilities->is_object()) return false;
    const auto* wanted = capabilities->get_object().if_contains(capability);
    return wanted != nullptr && wanted->is_bool() && wanted->get_bool();
}

std::string type_of(const boost::json::object& plugin) {
    return std::string(plugin.at("type").as_string()); // parse_conflist has seen to it
}

bool maps_ports(const boost::json::object& plugin) {
    return is_capable(plugin, "portMappings");
}

std::vector<std::string> make_environment(const PluginHost& host, const std::string& command,
                                          const ChainTarget& target) {
    std::string folders;
    for (const auto& folder : host.folders) folders += (folders.empty() ? "" : ":") + folder.native();
    return {"CNI_COMMAND=" + command,
            "CNI_CONTAINERID=" + target.sandbox.str(),
            "CNI_NETNS=" + target.network_namespace.native(),
            "CNI_IFNAME=" + target.interface,
            "CNI_ARGS=IgnoreUnknown=1",
            "CNI_PATH=" + folders,
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}; // for iptables
}

/// One call of one plugin: what it printed.
Result<std::string> call(const PluginHost& host, const std::string& type, const std::string& command,
                         const ChainTarget& target, std::string input) {
    RDT_TRY(auto program, find_plugin(host, type));
    const auto name = std::format("plugin {}: {}", type, command);
    auto output = host.run({.program = std::move(program),
                            .environment = make_environment(host, command, target),
                            .input = std::move(input),
                            .limit = host.limit});
    if (!output) return std::unexpected(output.error().within(name));
    if (output->exit_code != 0) return std::unexpected(parse_error(name, output->output, output->errors));
    return std::move(output->output);
}

/// `firewall` and `portmap` look for the chains that all attachments share and make those that are missing:
/// of two that do so at once, one fails (iptables -N, "File exists"). A host has one firewall, hence one
/// lock.
std::unique_lock<std::mutex> take_turn_at_firewall(std::string_view type) {
    static std::mutex firewall;
    if (type != "firewall" && type != "portmap") return {};
    return std::unique_lock(firewall);
}

Result<CniResult> add_steps(const PluginHost& host, const Conflist& list, const ChainTarget& target) {
    std::optional<CniResult> result;
    for (const auto& plugin : list.plugins) {
        const auto previous = result ? std::optional(result->raw) : std::nullopt;
        const auto turn = take_turn_at_firewall(type_of(plugin));
        RDT_TRY(const auto text, call(host, type_of(plugin), "ADD", target,
                                      make_plugin_input(list, plugin, target, previous)));
        auto parsed = parse_result(text);
        if (!parsed)
            return std::unexpected(parsed.error().within(std::format("plugin {}: ADD", type_of(plugin))));
        result = std::move(*parsed);
    }
    return *std::move(result); // a list has at least one plugin
}

} // namespace

std::string make_plugin_input(const Conflist& list, const boost::json::object& plugin,
                              const ChainTarget& target, const std::optional<boost::json::object>& previous) {
    auto input = plugin;
    input.erase("capabilities");
    input["name"] = list.name;
    input["cniVersion"] = list.version;
    boost::json::object runtime;
    if (!target.ports.empty() && maps_ports(plugin)) runtime["portMappings"] = render_ports(target.ports);
    if (target.bandwidth.is_limited() && is_capable(plugin, "bandwidth"))
        runtime["bandwidth"] = render_bandwidth(target.bandwidth);
    if (!runtime.empty()) input["runtimeConfig"] = std::move(runtime);
    if (previous) input["prevResult"] = *previous;
    return boost::json::serialize(input);
}

Result<std::filesystem::path> find_plugin(const PluginHost& host, const std::string& type) {
    std::string places;
    for (const auto& folder : host.folders) {
        if (::access((folder / type).c_str(), X_OK) == 0) return folder / type;
        places += (places.empty() ? "" : ", ") + folder.native();
    }
    return fail(Code::not_found, "network plugin '{}' is in none of: {}", type, places);
}

Result<CniResult> add_to_network(const PluginHost& host, const Conflist& list, const ChainTarget& target) {
    if (!target.ports.empty() && std::ranges::none_of(list.plugins, maps_ports))
        return fail(Code::failed_precondition,
                    "ports cannot be mapped: no plugin of its configuration has the capability portMappings");
    auto added = add_steps(host, list, target);
    if (added) return added;
    auto error = std::move(added).error();
    if (const auto undone = delete_from_network(host, list, target, std::nullopt); !undone)
        error.message += "; and taking it back failed: " + undone.error().message;
    return std::unexpected(std::move(error));
}

Status delete_from_network(const PluginHost& host, const Conflist& list, const ChainTarget& target,
                           const std::optional<boost::json::object>& added) {
    // prevResult came with 0.4.0. Source: CNI specification, "DEL".
    const auto previous = list.version.starts_with("0.3.") ? std::nullopt : added;
    for (const auto& plugin : std::views::reverse(list.plugins))
        RDT_CHECK(
            call(host, type_of(plugin), "DEL", target, make_plugin_input(list, plugin, target, previous)));
    return {};
}

Status check_network(const PluginHost& host, const Conflist& list, const ChainTarget& target,
                     const boost::json::object& added) {
    if (list.disable_check || list.version.starts_with("0.3.")) return {};
    for (const auto& plugin : list.plugins)
        RDT_CHECK(
            call(host, type_of(plugin), "CHECK", target, make_plugin_input(list, plugin, target, added)));
    return {};
}

Status check_versions(const PluginHost& host, const Conflist& list) {
    for (const auto& plugin : list.plugins) {
        const auto type = type_of(plugin);
        auto versions = call(host, type, "VERSION", {},
                             boost::json::serialize(boost::json::object{{"cniVersion", list.version}}))
                            .and_then([](const std::string& text) { return parse_versions(text); });
        if (!versions)
            return fail(Code::failed_precondition, "network {}: {}", list.name, versions.error().message);
        if (!std::ranges::contains(*versions, list.version))
            return fail(Code::failed_precondition, "network {}: plugin {} does not speak version {}",
                        list.name, type, list.version);
    }
    return {};
}

} // namespace redoubt::node::network::cni
