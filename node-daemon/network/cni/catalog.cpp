// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/cni/catalog.hpp"

#include <sys/random.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <format>
#include <system_error>

#include "common/base/file.hpp"
#include "common/encoding/hex.hpp"
#include "node-daemon/network/cni/leftovers.hpp"
#include "node-daemon/network/cni/name_service.hpp"
#include "node-daemon/network/cni/subnet.hpp"

namespace redoubt::node::network::cni {
namespace {

constexpr std::uint32_t k_least_mtu = 68; // RFC 791
constexpr std::uint32_t k_most_mtu = 65535;

std::string random_word() {
    std::string bytes(4, '\0');
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) std::abort();
    return encoding::to_hex(bytes);
}

std::string text_member(const boost::json::object& object, std::string_view name) {
    const auto* member = object.if_contains(name);
    return member != nullptr && member->is_string() ? std::string(member->get_string()) : std::string();
}

Status check_mtu(std::uint32_t mtu) {
    if (mtu == 0 || (mtu >= k_least_mtu && mtu <= k_most_mtu)) return {};
    return fail(Code::invalid_argument, "MTU of {}: it is {} to {}", mtu, k_least_mtu, k_most_mtu);
}

/// One of each family, that overlaps with no other network's.
Status choose_subnets(const NewNetwork& wanted, const std::vector<Subnet>& taken, DefaultNetwork& network) {
    for (const auto& text : wanted.subnets) {
        RDT_TRY(const auto subnet, parse_subnet(text));
        auto& place = subnet.is_v6 ? network.subnet6 : network.subnet;
        if (!place.empty())
            return fail(Code::invalid_argument, "'{}': there is one of its family already", text);
        if (std::ranges::any_of(taken, [&](const auto& known) { return overlap(known, subnet); }))
            return fail(Code::already_exists, "'{}' overlaps with another network's subnet", text);
        place = text;
    }
    if (!network.subnet.empty()) return {};
    if (!network.subnet6.empty())
        return fail(Code::invalid_argument, "a network has an IPv4 subnet, and an IPv6 one if wanted");
    RDT_TRY(network.subnet, find_free_subnet(taken));
    return {};
}

} // namespace

CniCatalog::CniCatalog(std::filesystem::path folder, DefaultNetwork own, std::string default_network)
    : folder_(std::move(folder)), own_(std::move(own)), default_network_(std::move(default_network)),
      pool_(1) {
    if (default_network_.empty()) default_network_ = own_.name;
}

CniCatalog::~CniCatalog() {
    pool_.join();
}

NetworkInfo CniCatalog::describe(const Conflist& list) const {
    NetworkInfo info{.name = list.name,
                     .plugins = {},
                     .bridge = {},
                     .subnets = subnets_of(list),
                     .is_default = list.name == default_network_,
                     .has_names = list.has_names && NameService::is_installed(),
                     .is_made_here = list.is_made_here,
                     .file = list.file,
                     .text = list.text};
    for (const auto& plugin : list.plugins) {
        info.plugins.push_back(text_member(plugin, "type"));
        if (info.bridge.empty()) info.bridge = text_member(plugin, "bridge");
    }
    return info;
}

NetworkList CniCatalog::read() const {
    auto folder = read_conflists(folder_);
    NetworkList found{.networks = {}, .problems = std::move(folder.problems)};
    for (const auto& list : folder.lists) found.networks.push_back(describe(list));
    if (!std::ranges::contains(found.networks, own_.name, &NetworkInfo::name))
        found.networks.push_back(describe(make_default_conflist(own_)));
    std::ranges::stable_sort(found.networks, [](const auto& one, const auto& other) {
        return std::pair(!one.is_default, one.name) < std::pair(!other.is_default, other.name);
    });
    return found;
}

Result<NetworkInfo> CniCatalog::make(const NewNetwork& wanted) const {
    const auto known = read();
    DefaultNetwork network;
    network.name = wanted.name.empty() ? "net-" + random_word() : wanted.name;
    if (!is_plain_name(network.name) || network.name == "none")
        return fail(Code::invalid_argument, "'{}' cannot be a network's name", network.name);
    if (std::ranges::contains(known.networks, network.name, &NetworkInfo::name))
        return fail(Code::already_exists, "there is a network '{}'", network.name);
    RDT_CHECK(check_mtu(wanted.mtu));
    std::vector<Subnet> taken;
    for (const auto& other : known.networks)
        for (const auto& text : other.subnets)
            if (const auto subnet = parse_subnet(text)) taken.push_back(*subnet);
    RDT_CHECK(choose_subnets(wanted, taken, network));
    network.bridge = "rdt-" + random_word(); // an interface's name has at most 15 characters
    network.mtu = wanted.mtu;
    network.is_internal = wanted.is_internal;
    network.has_names = !wanted.without_names;
    network.is_made_here = true;
    auto list = make_default_conflist(network);
    std::error_code error;
    std::filesystem::create_directories(folder_, error);
    if (error) return fail_errno(error.value(), "make folder {}", folder_.native());
    list.file = folder_ / (network.name + ".conflist");
    if (std::filesystem::exists(list.file, error))
        return fail(Code::already_exists, "{} is there, and not of this network", list.file.native());
    RDT_CHECK(write_file(list.file, list.text + "\n"));
    return describe(list);
}

Status CniCatalog::take_away(const std::string& name) const {
    const auto known = read();
    const auto found = std::ranges::find(known.networks, name, &NetworkInfo::name);
    if (found == known.networks.end()) return fail(Code::not_found, "no network '{}'", name);
    if (!found->is_made_here)
        return fail(Code::failed_precondition, "network '{}' was not made by 'network create': {}", name,
                    found->file.empty() ? std::string("it is the node's own")
                                        : "remove " + found->file.native());
    RDT_CHECK(remove_unused_bridge(found->bridge));
    if (::unlink(found->file.c_str()) != 0 && errno != ENOENT)
        return fail_errno(errno, "remove {}", found->file.native());
    return {};
}

Task<NetworkList> CniCatalog::list() {
    co_return co_await offload(pool_, [this] { return Result<NetworkList>(read()); });
}

Task<NetworkInfo> CniCatalog::create(NewNetwork wanted) {
    co_return co_await offload(pool_, [this, wanted = std::move(wanted)] { return make(wanted); });
}

Task<void> CniCatalog::remove(std::string name) {
    co_return co_await offload(pool_, [this, name = std::move(name)] { return take_away(name); });
}

} // namespace redoubt::node::network::cni
