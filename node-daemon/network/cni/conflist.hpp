// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Network configuration lists of the Container Network Interface. Pure, but for reading a folder of them.
/// Source: CNI specification 1.0.0, section 1.

#include <boost/json/object.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::node::network::cni {

/// A network: plugins in the order of ADD.
struct Conflist {
    std::string name;
    std::string version; ///< the one spoken with its plugins: 0.3.0 to 1.0.0
    bool disable_check = false;
    std::vector<boost::json::object> plugins; ///< as written; each has a "type" that is a plain file name
    std::string text;                         ///< what it was parsed from
    // Of its member "io.redoubt", which plugins do not see:
    bool has_names = false;          ///< who is on it is found by name
    bool is_internal = false;        ///< no way out of the node
    bool is_made_here = false;       ///< by 'redoubtctl network create'
    bool is_translated_here = false; ///< Translation does what its plugins would
    std::filesystem::path file = {}; ///< that it was read from
};

/// Parses a list; a configuration of a single plugin counts as a list of one. `name` is what errors call it.
/// Errors: invalid_argument naming the member; unimplemented a version that we do not speak.
[[nodiscard]] Result<Conflist> parse_conflist(std::string_view name, std::string_view text);

/// True for names that may stand in a path and on a command line: a letter or digit, then letters, digits,
/// '_', '.', '-', at most 63 in all.
[[nodiscard]] bool is_plain_name(std::string_view name);

/// What a folder of configurations holds.
struct ConflistFolder {
    std::vector<Conflist> lists;       ///< by file name; of two of one network the first counts
    std::vector<std::string> problems; ///< of files that are no configuration, for people
};

/// Reads *.conflist, *.conf and *.json. A folder that is not there is empty.
[[nodiscard]] ConflistFolder read_conflists(const std::filesystem::path& folder);

/// The addresses of our own network.
struct DefaultNetwork {
    std::string name = "redoubt";
    std::string bridge = "redoubt0";
    std::string subnet;       ///< "10.87.0.0/16"
    std::string subnet6;      ///< empty: IPv4 alone
    std::uint32_t mtu = 0;    ///< 0: as the kernel chooses
    bool is_internal = false; ///< no way out of the node
    bool has_names = true;
    bool is_made_here = false;
};
/// Our own network: a bridge with addresses of its own, translated on the way out, with mapped ports.
[[nodiscard]] Conflist make_default_conflist(const DefaultNetwork& network);

/// A list of ours without what our own translation does in the plugins' place; `needs_firewall`: forwarded
/// packets are let through by a plugin. As it is, when it translates nothing.
[[nodiscard]] Conflist with_own_translation(Conflist list, bool needs_firewall);

/// Every "subnet" in it, wherever the plugin for addresses wants it.
[[nodiscard]] std::vector<std::string> subnets_of(const Conflist& list);

/// The same with the plugin that limits bandwidth at its end, unless one has that capability.
[[nodiscard]] Result<Conflist> with_bandwidth(Conflist list);

} // namespace redoubt::node::network::cni
