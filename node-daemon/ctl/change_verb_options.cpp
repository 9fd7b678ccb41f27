// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/verb_options.hpp"

namespace redoubt::ctl {
namespace {

/// Verbs for some containers, or for all.
void require_names_or(bool has_other, const std::vector<std::string>& names) {
    if (names.empty() && !has_other) throw CLI::ValidationError("a container is needed");
}

void declare_restart(CLI::App& app, ParseState& state) {
    CLI::App* verb = add_verb(app, state, "restart", "Stop containers that run, and start them again");
    auto& restart = state.restart;
    verb->add_option("-t,--time", restart.timeout_seconds, "Seconds until it is killed; default 10")
        ->type_name("SECONDS");
    verb->add_flag("-a,--all", restart.all, "All, also those that do not run");
    verb->add_flag("--running", restart.running, "All that run");
    verb->add_option("CONTAINER", restart.containers, "Ids or names");
    state.take[verb] = [&restart]() -> Verb {
        require_names_or(restart.all || restart.running, restart.containers);
        return restart;
    };
}

void declare_pause(CLI::App& app, ParseState& state) {
    CLI::App* pause = add_verb(app, state, "pause", "Stop every process of containers where it stands");
    pause->add_flag("-a,--all", state.pause.all, "All that run");
    pause->add_option("CONTAINER", state.pause.containers, "Ids or names");
    state.take[pause] = [&state]() -> Verb {
        require_names_or(state.pause.all, state.pause.containers);
        return state.pause;
    };

    CLI::App* unpause = add_verb(app, state, "unpause", "Let paused containers go on");
    unpause->add_flag("-a,--all", state.unpause.all, "All that are paused");
    unpause->add_option("CONTAINER", state.unpause.containers, "Ids or names");
    state.take[unpause] = [&state]() -> Verb {
        require_names_or(state.unpause.all, state.unpause.containers);
        return state.unpause;
    };
}

void declare_rename_and_update(CLI::App& app, ParseState& state) {
    CLI::App* rename = add_verb(app, state, "rename", "Give a container another name");
    rename->add_option("CONTAINER", state.rename.container, "Id or name")->required();
    rename->add_option("NAME", state.rename.name, "The new name")->required();
    state.take[rename] = [&state]() -> Verb { return state.rename; };

    CLI::App* update = add_verb(app, state, "update", "Change a container's limits, at once when it runs");
    update
        ->add_option("-m,--memory", state.update.memory,
                     "Memory limit, such as 512m; at most what its VM has")
        ->type_name("SIZE");
    update->add_option("--cpus", state.update.cpus, "Processors, such as 1.5; at most what its VM has")
        ->type_name("NUMBER");
    update->add_option("CONTAINER", state.update.container, "Id or name")->required();
    state.take[update] = [&state]() -> Verb {
        if (state.update.memory.empty() && !state.update.cpus)
            throw CLI::ValidationError("--memory or --cpus is needed");
        return state.update;
    };
}

} // namespace

void declare_change_verbs(CLI::App& app, ParseState& state) {
    declare_restart(app, state);
    declare_pause(app, state);
    declare_rename_and_update(app, state);
}

} // namespace redoubt::ctl
