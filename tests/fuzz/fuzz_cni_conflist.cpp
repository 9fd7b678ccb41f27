// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// What an operator's folder may hold: no input may crash the parser, and what it accepts makes a plugin's
// input without a way out of the plugins' folder.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "node-daemon/network/cni/chain.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::node::network::cni;
    const auto list = parse_conflist("fuzz", {reinterpret_cast<const char*>(data), size});
    if (!list) return 0;
    ChainTarget target;
    target.ports.emplace_back();
    for (const auto& plugin : list->plugins) {
        if (!is_plain_name(plugin.at("type").as_string())) std::abort();
        if (make_plugin_input(*list, plugin, target, boost::json::object()).empty()) std::abort();
    }
    if (list->plugins.empty()) std::abort();
    return 0;
}
