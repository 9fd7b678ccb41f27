// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// `redoubtctl network`: create, ls, inspect, rm, prune, exists.

#include <unistd.h>

#include <iostream>
#include <variant>

#include "common/base/overload.hpp"
#include "node-daemon/ctl/each_container.hpp"
#include "node-daemon/ctl/exit_code.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/pod_output.hpp"
#include "node-daemon/ctl/terminal.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {
namespace {

Result<int> print_names(Context context, const std::vector<std::string>& names, int code) {
    std::string text;
    for (const auto& name : names) text += name + "\n";
    RDT_CHECK(print(context.json ? touched_networks_json(names) : text));
    return code;
}

Result<int> create(Context context, const NetworkCreateOptions& options) {
    pb::CreateNetworkRequest request;
    request.set_name(options.name);
    for (const auto& subnet : options.subnets) request.add_subnets(subnet);
    request.set_internal(options.is_internal);
    request.set_mtu(options.mtu);
    request.set_without_names(options.without_names);
    auto network = context.client.create_network(request);
    if (!network && options.ignore && network.error().code == Code::already_exists)
        network = context.client.inspect_network(options.name);
    if (!network) return std::unexpected(network.error());
    RDT_CHECK(print(context.json ? networks_json({*network}) : network->name() + "\n"));
    return 0;
}

Result<int> list(Context context, const NetworkLsOptions& options) {
    RDT_TRY(const auto response, context.client.list_networks());
    const std::vector<pb::Network> networks(response.networks().begin(), response.networks().end());
    for (const auto& problem : response.problems()) print_warning("cannot be used: " + problem);
    std::string text;
    if (context.json)
        text = networks_json(networks);
    else if (options.is_quiet)
        for (const auto& network : networks) text += network.name() + "\n";
    else
        text = render_networks(networks);
    RDT_CHECK(print(text));
    return 0;
}

Result<int> inspect_all(Context context, const NetworkInspectOptions& options) {
    std::vector<pb::Network> found;
    const auto inspect_one = [&](const std::string& name) -> Status {
        RDT_TRY(auto network, context.client.inspect_network(name));
        found.push_back(std::move(network));
        return {};
    };
    const auto outcome = for_each_name(options.networks, inspect_one, exit_code_of);
    RDT_CHECK(print(networks_json(found)));
    return outcome.exit_code;
}

/// podman-network-rm(1): 1 for a network that is not there, 2 for one that is in use.
int code_of(const Error& error) {
    if (error.code == Code::not_found) return 1;
    return error.code == Code::failed_precondition ? 2 : k_exit_failed;
}

Result<int> remove_all(Context context, const NetworkRmOptions& options) {
    const auto remove_one = [&](const std::string& name) -> Status {
        auto removed = context.client.remove_network(name);
        if (!removed && options.force && removed.error().code == Code::not_found) return {};
        return removed;
    };
    const auto outcome = for_each_name(options.networks, remove_one, code_of);
    return print_names(context, outcome.done, outcome.exit_code);
}

bool is_confirmed() {
    print_error("This removes all networks made here that nothing uses. Go on? [y/N] ");
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

Result<int> prune(Context context, const NetworkPruneOptions& options) {
    if (!options.force) {
        if (!is_terminal(STDIN_FILENO))
            return fail(Code::invalid_argument, "without a terminal to ask, --force is needed");
        if (!is_confirmed()) return 0;
    }
    RDT_TRY(const auto response, context.client.prune_networks());
    return print_names(context, {response.removed().begin(), response.removed().end()}, 0);
}

Result<int> exists(Context context, const NetworkExistsOptions& options) {
    const auto found = context.client.inspect_network(options.network);
    if (found) return 0;
    if (found.error().code == Code::not_found) return 1;
    return std::unexpected(found.error());
}

} // namespace

Result<int> network(Context context, const NetworkVerb& verb) {
    return std::visit(Overload{
                          [&](const NetworkCreateOptions& options) { return create(context, options); },
                          [&](const NetworkLsOptions& options) { return list(context, options); },
                          [&](const NetworkInspectOptions& options) { return inspect_all(context, options); },
                          [&](const NetworkRmOptions& options) { return remove_all(context, options); },
                          [&](const NetworkPruneOptions& options) { return prune(context, options); },
                          [&](const NetworkExistsOptions& options) { return exists(context, options); },
                      },
                      verb);
}

} // namespace redoubt::ctl
