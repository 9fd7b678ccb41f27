// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// `redoubtctl volume`: create, ls, inspect, rm, prune, exists, resize. Flags and exit codes follow
/// podman-volume(1).

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <variant>

#include "common/base/overload.hpp"
#include "common/config/quantity.hpp"
#include "node-daemon/ctl/each_container.hpp"
#include "node-daemon/ctl/exit_code.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/terminal.hpp"
#include "node-daemon/ctl/verbs.hpp"
#include "node-daemon/ctl/volume_output.hpp"
#include "node-daemon/launch/volume_key_uri.hpp"

namespace redoubt::ctl {
namespace {

struct Pair {
    std::string key;
    std::string value;
};

Pair split(const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) return {text, ""};
    return {text.substr(0, equals), text.substr(equals + 1)};
}

Status set_option(const std::string& text, pb::CreateVolumeRequest& request) {
    const auto [key, value] = split(text);
    if (key == "size") {
        RDT_TRY(const auto bytes, config::parse_size(value).transform_error(context("--opt '{}'", text)));
        request.set_size_bytes(bytes);
        return {};
    }
    if (key == "encrypted" && (value.empty() || value == "true" || value == "false")) {
        request.set_encrypted(value != "false");
        return {};
    }
    if (key == "key") {
        RDT_CHECK(node::launch::check_volume_key(value).transform_error(context("--opt '{}'", text)));
        request.set_key(value);
        return {};
    }
    return fail(Code::invalid_argument, "--opt '{}': not size=SIZE, encrypted or key=URI", text);
}

Result<int> create(Context context, const VolumeCreateOptions& options) {
    if (options.driver != "local")
        return fail(Code::invalid_argument, "--driver '{}': there is only local", options.driver);
    pb::CreateVolumeRequest request;
    request.set_name(options.name);
    request.set_accept_existing(options.ignore);
    for (const auto& label : options.labels) {
        const auto [key, value] = split(label);
        if (key.empty()) return fail(Code::invalid_argument, "--label '{}': a key is needed", label);
        (*request.mutable_labels())[key] = value;
    }
    for (const auto& option : options.options) RDT_CHECK(set_option(option, request));
    RDT_TRY(const auto volume, context.client.create_volume(request));
    RDT_CHECK(print(context.json ? volumes_json({volume}) : volume.name() + "\n"));
    return 0;
}

bool has_label(const pb::Volume& volume, const std::string& wanted) {
    const auto [key, value] = split(wanted);
    const auto found = volume.labels().find(key);
    return found != volume.labels().end() &&
           (wanted.find('=') == std::string::npos || found->second == value);
}

Result<bool> matches(const pb::Volume& volume, const std::string& filter) {
    const auto [key, value] = split(filter);
    if (key == "name") return volume.name().contains(value);
    if (key == "label") return has_label(volume, value);
    if (key == "dangling" && (value == "true" || value == "false"))
        return volume.containers().empty() == (value == "true");
    return fail(Code::invalid_argument,
                "--filter '{}': not name=PART, label=KEY[=VALUE] or dangling=true|false", filter);
}

Result<int> list(Context context, const VolumeLsOptions& options) {
    RDT_TRY(const auto response, context.client.list_volumes());
    std::vector<pb::Volume> chosen;
    for (const auto& volume : response.volumes()) {
        bool is_wanted = true;
        for (const auto& filter : options.filters) {
            RDT_TRY(const bool matched, matches(volume, filter));
            is_wanted = is_wanted && matched;
        }
        if (is_wanted) chosen.push_back(volume);
    }
    std::string text;
    if (context.json)
        text = volumes_json(chosen);
    else if (options.is_quiet)
        for (const auto& volume : chosen) text += volume.name() + "\n";
    else
        text = render_volumes(chosen);
    RDT_CHECK(print(text));
    return 0;
}

Result<int> inspect_all(Context context, const VolumeInspectOptions& options) {
    std::vector<pb::Volume> found;
    const auto inspect_one = [&](const std::string& name) -> Status {
        RDT_TRY(auto volume, context.client.inspect_volume(name));
        found.push_back(std::move(volume));
        return {};
    };
    const auto outcome = for_each_name(options.volumes, inspect_one, exit_code_of);
    RDT_CHECK(print(volumes_json(found)));
    return outcome.exit_code;
}

/// podman-volume-rm(1): 1 for a volume that is not there, 2 for one that is in use.
int code_of(const Error& error) {
    if (error.code == Code::not_found) return 1;
    return error.code == Code::failed_precondition ? 2 : k_exit_failed;
}

Result<int> print_names(Context context, const std::vector<std::string>& names, int code) {
    std::string text;
    for (const auto& name : names) text += name + "\n";
    RDT_CHECK(print(context.json ? touched_volumes_json(names) : text));
    return code;
}

Result<int> remove_all(Context context, const VolumeRmOptions& options) {
    auto names = options.volumes;
    if (options.all != names.empty())
        return fail(Code::invalid_argument, "name volumes or say --all, one of the two");
    if (options.all) {
        RDT_TRY(const auto response, context.client.list_volumes());
        for (const auto& volume : response.volumes()) names.push_back(volume.name());
    }
    const auto remove_one = [&](const std::string& name) -> Status {
        auto removed = context.client.remove_volume(name, options.force);
        if (!removed && options.force && removed.error().code == Code::not_found) return {};
        return removed;
    };
    const auto outcome = for_each_name(names, remove_one, code_of);
    return print_names(context, outcome.done, outcome.exit_code);
}

bool is_confirmed() {
    print_error("This removes all volumes that no container uses. Go on? [y/N] ");
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

Result<int> prune(Context context, const VolumePruneOptions& options) {
    pb::PruneVolumesRequest request;
    for (const auto& filter : options.filters) {
        const auto [key, value] = split(filter);
        if (key != "label" || value.empty())
            return fail(Code::invalid_argument, "--filter '{}': not label=KEY[=VALUE]", filter);
        const auto label = split(value);
        (*request.mutable_labels())[label.key] = label.value;
    }
    if (!options.force) {
        if (!is_terminal(STDIN_FILENO))
            return fail(Code::invalid_argument, "without a terminal to ask, --force is needed");
        if (!is_confirmed()) return 0;
    }
    RDT_TRY(const auto response, context.client.prune_volumes(request));
    return print_names(context, {response.removed().begin(), response.removed().end()}, 0);
}

Result<int> exists(Context context, const VolumeExistsOptions& options) {
    const auto found = context.client.inspect_volume(options.volume);
    if (found) return 0;
    if (found.error().code == Code::not_found) return 1;
    return std::unexpected(found.error());
}

Result<int> resize(Context context, const VolumeResizeOptions& options) {
    RDT_TRY(const auto bytes, config::parse_size(options.size).transform_error(redoubt::context("SIZE")));
    RDT_TRY(const auto volume, context.client.resize_volume(options.volume, bytes));
    RDT_CHECK(print(context.json ? volumes_json({volume}) : volume.name() + "\n"));
    return 0;
}

} // namespace

Result<int> volume(Context context, const VolumeVerb& verb) {
    return std::visit(Overload{
                          [&](const VolumeCreateOptions& options) { return create(context, options); },
                          [&](const VolumeLsOptions& options) { return list(context, options); },
                          [&](const VolumeInspectOptions& options) { return inspect_all(context, options); },
                          [&](const VolumeRmOptions& options) { return remove_all(context, options); },
                          [&](const VolumePruneOptions& options) { return prune(context, options); },
                          [&](const VolumeExistsOptions& options) { return exists(context, options); },
                          [&](const VolumeResizeOptions& options) { return resize(context, options); },
                      },
                      verb);
}

} // namespace redoubt::ctl
