// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/verb_options.hpp"

namespace redoubt::ctl {
namespace {

void declare_generate(CLI::App& app, ParseState& state) {
    CLI::App* group = app.add_subcommand("generate", "Files for other programs: systemd");
    group->set_help_flag("--help", "Show this help");
    CLI::App* verb = add_verb(*group, state, "systemd", "Print a unit that runs a container as a service");
    auto& unit = state.generate_systemd;
    verb->add_flag("-n,--name", unit.by_name, "Name the unit by the container's name, not its id");
    verb->add_flag("--new", unit.is_new, "The unit makes the container anew at each start");
    verb->add_flag("-f,--files", unit.to_file, "Write the unit into this folder and print its name");
    verb->add_flag("--no-header", unit.no_header, "Leave out the comment on top");
    verb->add_option("--restart-policy", unit.restart_policy, "The unit's Restart=")
        ->check(CLI::IsMember(
            {"no", "on-success", "on-failure", "on-abnormal", "on-watchdog", "on-abort", "always"}))
        ->option_text("POLICY [on-failure]");
    verb->add_option("--restart-sec", unit.restart_seconds, "The unit's RestartSec=")->type_name("SECONDS");
    verb->add_option("-t,--stop-timeout,--time", unit.stop_seconds, "Seconds until it is killed")
        ->type_name("SECONDS")
        ->capture_default_str();
    verb->add_option("--container-prefix", unit.prefix, "What the unit's name begins with")
        ->type_name("WORD")
        ->capture_default_str();
    verb->add_option("--separator", unit.separator, "Between the prefix and the container")
        ->type_name("WORD")
        ->capture_default_str();
    add_repeated(*verb, "--after", unit.after, "One more After=")->type_name("UNIT");
    add_repeated(*verb, "--wants", unit.wants, "One more Wants=")->type_name("UNIT");
    add_repeated(*verb, "--requires", unit.requires_units, "One more Requires=")->type_name("UNIT");
    add_repeated(*verb, "-e,--env", unit.environment, "Environment variable of the unit")
        ->type_name("NAME=VALUE");
    verb->add_option("CONTAINER", unit.container, "Id or name")->required();
    state.take[verb] = [&unit]() -> Verb { return unit; };
}

void declare_completion(CLI::App& app, ParseState& state) {
    CLI::App* verb = add_verb(app, state, "completion", "Print the script that teaches a shell to complete");
    verb->footer("bash: redoubtctl completion bash > /etc/bash_completion.d/redoubtctl\n"
                 "zsh:  redoubtctl completion zsh > \"${fpath[1]}/_redoubtctl\"\n"
                 "fish: redoubtctl completion fish > ~/.config/fish/completions/redoubtctl.fish");
    verb->add_option("SHELL", state.completion.shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    state.take[verb] = [&state]() -> Verb { return state.completion; };

    CLI::App* hidden = add_verb(app, state, "__complete", "What the scripts call")->group("");
    state.passing.insert(hidden);
    state.take[hidden] = [&state]() -> Verb { return CompleteOptions{state.container_words}; };
}

} // namespace

void declare_shell_verbs(CLI::App& app, ParseState& state) {
    declare_generate(app, state);
    declare_completion(app, state);
}

} // namespace redoubt::ctl
