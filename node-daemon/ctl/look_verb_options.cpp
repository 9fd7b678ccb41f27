// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/process_table.hpp"
#include "node-daemon/ctl/verb_options.hpp"

namespace redoubt::ctl {
namespace {

void declare_top(CLI::App& app, ParseState& state) {
    CLI::App* verb = add_verb(app, state, "top", "List the processes of a running container");
    verb->footer("Columns: " + process_columns_text());
    verb->add_option("CONTAINER", state.top.container, "Id or name")->required();
    verb->add_option("COLUMN", state.top.columns,
                     "Columns to show; default: user pid ppid pcpu etime tty time args")
        ->delimiter(',');
    state.take[verb] = [&state]() -> Verb { return state.top; };
}

void declare_stats(CLI::App& app, ParseState& state) {
    CLI::App* verb = add_verb(app, state, "stats", "Show what containers use");
    auto& stats = state.stats;
    verb->add_flag("-a,--all", stats.all, "Also those that do not run");
    verb->add_flag("--no-stream", stats.once, "Once, instead of again and again");
    verb->add_flag("--no-reset", stats.no_reset, "Do not clear the screen in between");
    verb->add_flag("--no-trunc", stats.no_trunc, "Do not shorten");
    verb->add_option("-i,--interval", stats.interval_seconds, "Time between two pictures")
        ->type_name("SECONDS")
        ->capture_default_str();
    verb->add_option("CONTAINER", stats.containers, "Ids or names; default: all that run");
    state.take[verb] = [&stats]() -> Verb {
        if (!(stats.interval_seconds >= 0.1 && stats.interval_seconds <= 86400))
            throw CLI::ValidationError("--interval must be from 0.1 to 86400 seconds");
        return stats;
    };
}

void declare_copy_and_diff(CLI::App& app, ParseState& state) {
    CLI::App* copy = add_verb(app, state, "cp", "Copy files into or out of a running container");
    copy->usage("Usage: redoubtctl cp [FLAGS] [CONTAINER:]SOURCE [CONTAINER:]TARGET");
    copy->footer("SOURCE or TARGET may be -: a tar archive from standard input or to standard output.\n"
                 "A folder whose name ends in /. means what is in it.");
    copy->add_flag("-a,--archive", state.copy.own_by_target,
                   "What is copied belongs to the container's user; =false: to whom it belonged")
        ->default_str("true");
    copy->add_flag("--overwrite", state.copy.overwrite,
                   "A folder may take the place of a file, and a file that of a folder");
    copy->add_flag("-q,--quiet", state.copy.is_quiet, "Taken for podman's sake: nothing is printed anyway");
    copy->add_option("SOURCE", state.copy.source, "What to copy")->required();
    copy->add_option("TARGET", state.copy.target, "Where to")->required();
    state.take[copy] = [&state]() -> Verb { return state.copy; };

    CLI::App* diff =
        add_verb(app, state, "diff", "List what a running container changed in its image's files");
    diff->footer("A: added, C: changed, D: deleted");
    diff->add_option("CONTAINER", state.diff.container, "Id or name")->required();
    state.take[diff] = [&state]() -> Verb { return state.diff; };
}

} // namespace

void declare_look_verbs(CLI::App& app, ParseState& state) {
    declare_top(app, state);
    declare_stats(app, state);
    declare_copy_and_diff(app, state);
}

} // namespace redoubt::ctl
