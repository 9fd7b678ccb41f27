// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A network's plugins, called one after the other as the specification says. Blocks.
/// Source: CNI specification 1.0.0, sections 3 and 4.

#include <boost/json/array.hpp>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/strong_id.hpp"
#include "node-daemon/launch/guest_network.hpp"
#include "node-daemon/network/cni/conflist.hpp"
#include "node-daemon/network/cni/plugin_process.hpp"
#include "node-daemon/network/cni/result.hpp"

namespace redoubt::node::network::cni {

/// One interface of one sandbox.
struct ChainTarget {
    SandboxId sandbox;
    std::string interface;
    std::filesystem::path network_namespace; ///< empty: gone already
    std::vector<launch::PortMapping> ports;
    launch::Bandwidth bandwidth = {};
    std::vector<std::string> names = {}; ///< no plugin's business
};

/// Runs a program: run_plugin(), or a test's.
using RunPluginFn = std::function<Result<PluginOutput>(const PluginRun&)>;

/// How plugins are found and called.
struct PluginHost {
    std::vector<std::filesystem::path> folders;
    Duration limit = std::chrono::seconds(60); ///< of one plugin
    RunPluginFn run = run_plugin;
};

/// What goes to a plugin's standard input, for tests: its configuration, completed.
[[nodiscard]] std::string make_plugin_input(const Conflist& list, const boost::json::object& plugin,
                                            const ChainTarget& target,
                                            const std::optional<boost::json::object>& previous);

/// Where the plugin's program is. Errors: not_found naming the folders.
[[nodiscard]] Result<std::filesystem::path> find_plugin(const PluginHost& host, const std::string& type);

/// ADD by every plugin; the last one's result. When one fails, DEL by every plugin, and the error of ADD.
/// Errors: failed_precondition, before any is called, when ports are asked for and no plugin maps them.
[[nodiscard]] Result<CniResult> add_to_network(const PluginHost& host, const Conflist& list,
                                               const ChainTarget& target);
/// DEL, last plugin first; stops at the first error. `added` is what ADD gave, if it came so far.
Status delete_from_network(const PluginHost& host, const Conflist& list, const ChainTarget& target,
                           const std::optional<boost::json::object>& added);
/// CHECK by every plugin, unless the list forbids it or speaks a version that has none (below 0.4.0).
Status check_network(const PluginHost& host, const Conflist& list, const ChainTarget& target,
                     const boost::json::object& added);
/// VERSION: whether all plugins are there and speak the list's version. Errors: failed_precondition.
Status check_versions(const PluginHost& host, const Conflist& list);

} // namespace redoubt::node::network::cni
