// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/cni/conflist.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <format>

#include "common/base/file.hpp"
#include "common/encoding/json.hpp"

namespace redoubt::node::network::cni {
namespace {

constexpr json::Limits k_limits{.max_bytes = 256U << 10U, .max_depth = 24};
constexpr std::size_t k_most_plugins = 32;
constexpr std::size_t k_most_files = 256;
constexpr std::size_t k_longest_name = 63;
// Older ones have results of another shape. Source: CNI specification, "Released versions".
constexpr std::array<std::string_view, 4> k_versions{"1.0.0", "0.4.0", "0.3.1", "0.3.0"};

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// The highest version that both sides speak.
Result<std::string> choose_version(const json::Node& root) {
    RDT_TRY(auto offered, root["cniVersions"].strings_or_empty());
    RDT_TRY(auto version, root["cniVersion"].string_or("0.1.0"));
    offered.push_back(version);
    for (const auto known : k_versions)
        if (std::ranges::contains(offered, known)) return std::string(known);
    return fail(Code::unimplemented, "{}: version {}; 0.3.0 to 1.0.0 are spoken", root["cniVersion"].path(),
                version);
}

Result<boost::json::object> parse_plugin(const json::Node& node) {
    RDT_CHECK(node.expect_object());
    RDT_TRY(const auto type, node["type"].string());
    if (!is_plain_name(type))
        return node["type"].wrong(std::format("'{}' is not a plugin's file name", type));
    if (node["capabilities"].is_present()) {
        RDT_TRY(const auto capabilities, node["capabilities"].members());
        for (const auto& [name, value] : capabilities) RDT_CHECK(value.boolean());
    }
    return node.value()->get_object();
}

bool has_ending(const std::filesystem::path& file) {
    const auto ending = file.extension();
    return ending == ".conflist" || ending == ".conf" || ending == ".json";
}

std::vector<std::filesystem::path> list_files(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error))
        if (has_ending(entry->path()) && files.size() < k_most_files) files.push_back(entry->path());
    std::ranges::sort(files);
    return files;
}

boost::json::array make_ranges(const DefaultNetwork& network) {
    // An array of one array in braces is a copy of it to some compilers (CWG 2137).
    boost::json::array ranges;
    ranges.emplace_back(boost::json::array{boost::json::object{{"subnet", network.subnet}}});
    if (!network.subnet6.empty())
        ranges.emplace_back(boost::json::array{boost::json::object{{"subnet", network.subnet6}}});
    return ranges;
}

boost::json::array make_routes(const DefaultNetwork& network) {
    boost::json::array routes{boost::json::object{{"dst", "0.0.0.0/0"}}};
    if (!network.subnet6.empty()) routes.emplace_back(boost::json::object{{"dst", "::/0"}});
    return routes;
}

Status parse_own(const json::Node& node, Conflist& list) {
    if (!node.is_present()) return {};
    RDT_CHECK(node.expect_object());
    RDT_TRY(list.has_names, node["names"].boolean_or(false));
    RDT_TRY(list.is_internal, node["internal"].boolean_or(false));
    RDT_TRY(list.is_made_here, node["made"].boolean_or(false));
    RDT_TRY(list.is_translated_here, node["translated"].boolean_or(false));
    return {};
}

std::string render(const Conflist& list) {
    boost::json::array plugins;
    for (const auto& plugin : list.plugins) plugins.emplace_back(plugin);
    boost::json::object own{
        {"names", list.has_names}, {"internal", list.is_internal}, {"made", list.is_made_here}};
    if (list.is_translated_here) own["translated"] = true;
    return boost::json::serialize(boost::json::object{{"cniVersion", list.version},
                                                      {"name", list.name},
                                                      {"disableCheck", list.disable_check},
                                                      {"io.redoubt", std::move(own)},
                                                      {"plugins", std::move(plugins)}});
}

void find_subnets(const boost::json::value& value, std::vector<std::string>& subnets) {
    if (const auto* array = value.if_array())
        for (const auto& item : *array) find_subnets(item, subnets);
    if (const auto* object = value.if_object())
        for (const auto& [key, member] : *object) {
            if (key == "subnet" && member.is_string()) subnets.emplace_back(member.get_string());
            find_subnets(member, subnets);
        }
}

/// A bridge that translates what leaves it.
bool is_masquerading(const boost::json::object& plugin) {
    const auto* masquerades = plugin.if_contains("ipMasq");
    return plugin.at("type") == "bridge" && masquerades != nullptr && masquerades->is_bool() &&
           masquerades->get_bool();
}

bool limits_bandwidth(const boost::json::object& plugin) {
    const auto* capabilities = plugin.if_contains("capabilities");
    const auto* wanted = capabilities != nullptr && capabilities->is_object()
                             ? capabilities->get_object().if_contains("bandwidth")
                             : nullptr;
    return wanted != nullptr && wanted->is_bool() && wanted->get_bool();
}

} // namespace

bool is_plain_name(std::string_view name) {
    return !name.empty() && name.size() <= k_longest_name && is_alphanumeric(name.front()) &&
           std::ranges::all_of(name,
                               [](char c) { return is_alphanumeric(c) || c == '_' || c == '.' || c == '-'; });
}

Result<Conflist> parse_conflist(std::string_view name, std::string_view text) {
    RDT_TRY(const auto document, json::parse(name, text, k_limits));
    const auto root = document.root();
    RDT_CHECK(root.expect_object());
    Conflist list;
    list.text = text;
    RDT_TRY(list.name, root["name"].string());
    if (!is_plain_name(list.name)) return root["name"].wrong(std::format("'{}' cannot be a name", list.name));
    RDT_TRY(list.version, choose_version(root));
    RDT_TRY(list.disable_check, root["disableCheck"].boolean_or(false));
    RDT_CHECK(parse_own(root["io.redoubt"], list));
    if (!root["plugins"].is_present()) {
        RDT_TRY(auto single, parse_plugin(root));
        list.plugins.push_back(std::move(single));
        return list;
    }
    RDT_TRY(const auto plugins, root["plugins"].array());
    if (plugins.empty() || plugins.size() > k_most_plugins)
        return root["plugins"].wrong(std::format("{} plugins, not 1 to {}", plugins.size(), k_most_plugins));
    for (const auto& node : plugins) {
        RDT_TRY(auto plugin, parse_plugin(node));
        list.plugins.push_back(std::move(plugin));
    }
    return list;
}

ConflistFolder read_conflists(const std::filesystem::path& folder) {
    ConflistFolder found;
    for (const auto& file : list_files(folder)) {
        auto list = read_file(file, k_limits.max_bytes).and_then([&](const std::string& text) {
            return parse_conflist(file.native(), text);
        });
        if (list) list->file = file;
        if (!list)
            found.problems.push_back(list.error().message);
        else if (!std::ranges::contains(found.lists, list->name, &Conflist::name))
            found.lists.push_back(std::move(*list));
    }
    return found;
}

Conflist make_default_conflist(const DefaultNetwork& network) {
    boost::json::object bridge{
        {"type", "bridge"},
        {"bridge", network.bridge},
        {"isGateway", true},
        {"ipMasq", !network.is_internal},
        {"hairpinMode", true}, // a container may use a port of its own host
        {"ipam",
         boost::json::object{{"type", "host-local"},
                             {"ranges", make_ranges(network)},
                             {"routes", network.is_internal ? boost::json::array() : make_routes(network)}}}};
    if (network.mtu != 0) bridge["mtu"] = network.mtu;
    boost::json::object portmap{{"type", "portmap"},
                                {"capabilities", boost::json::object{{"portMappings", true}}}};
    boost::json::object firewall{{"type", "firewall"}};
    // With both families the CHECK of portmap 1.1.1 looks for the rules of one among those of the other.
    Conflist list{.name = network.name,
                  .version = "1.0.0",
                  .disable_check = !network.subnet6.empty(),
                  .plugins = {std::move(bridge), std::move(portmap), std::move(firewall)},
                  .text = {},
                  .has_names = network.has_names,
                  .is_internal = network.is_internal,
                  .is_made_here = network.is_made_here};
    list.text = render(list);
    return list;
}

Conflist with_own_translation(Conflist list, bool needs_firewall) {
    auto& bridge = list.plugins.front();
    if (!is_masquerading(bridge)) return list;
    bridge["ipMasq"] = false;
    list.is_translated_here = true;
    if (!needs_firewall)
        std::erase_if(list.plugins, [](const auto& plugin) { return plugin.at("type") == "firewall"; });
    list.text = render(list);
    return list;
}

std::vector<std::string> subnets_of(const Conflist& list) {
    std::vector<std::string> subnets;
    for (const auto& plugin : list.plugins) find_subnets(plugin, subnets);
    return subnets;
}

Result<Conflist> with_bandwidth(Conflist list) {
    if (std::ranges::any_of(list.plugins, limits_bandwidth)) return list;
    if (list.plugins.size() >= k_most_plugins)
        return fail(Code::failed_precondition, "network {}: no room for the plugin bandwidth", list.name);
    list.plugins.push_back(
        {{"type", "bandwidth"}, {"capabilities", boost::json::object{{"bandwidth", true}}}});
    list.text = render(list);
    return list;
}

} // namespace redoubt::node::network::cni
