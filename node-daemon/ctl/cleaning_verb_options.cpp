// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/verb_options.hpp"

namespace redoubt::ctl {
namespace {

CLI::App* add_group(CLI::App& app, const std::string& name, const std::string& description) {
    const auto found = app.get_subcommands([&](const CLI::App* verb) { return verb->get_name() == name; });
    if (!found.empty()) return found.front();
    CLI::App* group = app.add_subcommand(name, description);
    group->set_help_flag("--help", "Show this help");
    return group;
}

void declare_container_prune(CLI::App& app, ParseState& state) {
    CLI::App* group = add_group(app, "container", "Containers: prune");
    CLI::App* verb = add_verb(*group, state, "prune", "Remove all containers that do not run");
    verb->add_flag("-f,--force", state.container_prune.force, "Do not ask");
    add_repeated(*verb, "--filter", state.container_prune.filters,
                 "Only those with this: until=TIME, label=KEY[=VALUE] or label!=KEY[=VALUE]")
        ->type_name("KEY=VALUE");
    state.take[verb] = [&state]() -> Verb { return state.container_prune; };
}

void declare_image_prune(CLI::App& app, ParseState& state) {
    CLI::App* group = add_group(app, "image", "Images: prune");
    CLI::App* verb = add_verb(*group, state, "prune", "Remove images without a name that no container uses");
    verb->add_flag("-a,--all", state.image_prune.all, "Also those with a name");
    verb->add_flag("-f,--force", state.image_prune.force, "Do not ask");
    state.take[verb] = [&state]() -> Verb { return state.image_prune; };
}

void declare_system(CLI::App& app, ParseState& state) {
    CLI::App* group = add_group(app, "system", "The node's disk: df, prune");
    CLI::App* prune =
        add_verb(*group, state, "prune", "Remove containers that do not run, then images that none uses");
    prune->add_flag("-a,--all", state.system_prune.all, "Also images with a name");
    prune->add_flag("-f,--force", state.system_prune.force, "Do not ask");
    prune->add_flag("--volumes", state.system_prune.volumes, "Also volumes that no container uses then");
    state.take[prune] = [&state]() -> Verb { return state.system_prune; };

    CLI::App* usage = add_verb(*group, state, "df", "Show what takes the node's disk");
    usage->add_flag("-v,--verbose", state.system_df.verbose, "Every image, container and volume");
    state.take[usage] = [&state]() -> Verb { return state.system_df; };
}

} // namespace

void declare_cleaning_verbs(CLI::App& app, ParseState& state) {
    declare_container_prune(app, state);
    declare_image_prune(app, state);
    declare_system(app, state);
}

} // namespace redoubt::ctl
