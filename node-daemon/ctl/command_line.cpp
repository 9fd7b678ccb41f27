// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/command_line.hpp"

#include <algorithm>
#include <cstdlib>

#include "common/config/nearest.hpp"
#include "node-daemon/ctl/container_words.hpp"
#include "node-daemon/ctl/verb_options.hpp"

namespace redoubt::ctl {
namespace {

constexpr auto k_host_help = "Node to speak to: a profile's name or address (see profile, pair), or\n"
                             "unix:///PATH; default $REDOUBT_HOST, then\n"
                             "unix:///run/redoubt/redoubtd.sock";

void add_global_flags(CLI::App& app, ParseState& state) {
    app.set_help_flag("--help", "Show this help");
    app.add_option("-H,--host", state.host, k_host_help)->type_name("HOST")->group("Global");
    app.add_flag("--json", state.json, "Print JSON")->group("Global");
}

CLI::App* chosen_verb(CLI::App& app) {
    CLI::App* verb = &app;
    while (!verb->get_subcommands().empty()) verb = verb->get_subcommands().front();
    return verb;
}

std::string path_of(const CLI::App* verb) {
    const auto* parent = verb->get_parent();
    return parent == nullptr ? verb->get_name() : path_of(parent) + " " + verb->get_name();
}

std::string help_of(const CLI::App* verb) {
    const auto* parent = verb->get_parent();
    return verb->help(parent == nullptr ? "" : path_of(parent));
}

std::vector<std::string> verbs_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const auto* verb : app.get_subcommands([](const CLI::App*) { return true; }))
        names.push_back(verb->get_name());
    return names;
}

std::unexpected<Error> refuse(const CLI::App* verb, std::string_view what) {
    return fail(Code::invalid_argument, "{}; see '{} --help'", what, path_of(verb));
}

/// CLI11 speaks of "arguments not expected"; people want the word and the nearest that exists.
std::unexpected<Error> refuse_unknown(const CLI::App* verb, const std::string& word) {
    if (word.starts_with("-")) return refuse(verb, "unknown flag: " + word);
    const auto names = verbs_of(*verb);
    if (names.empty()) return refuse(verb, "unexpected argument: " + word);
    const auto near = config::nearest(word, names);
    return refuse(verb, "unknown command: " + word + (near ? ", did you mean '" + *near + "'?" : ""));
}

std::string lower_first(std::string text) {
    if (text.size() > 1 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a')
        text[0] = static_cast<char>(text[0] + 32);
    std::ranges::replace(text, '\n', ' ');
    while (text.ends_with(' ') || text.ends_with('.')) text.pop_back();
    return text;
}

std::string host_or_default(const std::string& flag) {
    if (!flag.empty()) return flag;
    const char* environment = std::getenv("REDOUBT_HOST");
    return environment != nullptr && *environment != '\0' ? environment : k_default_host;
}

Result<std::variant<Invocation, HelpText>> parse(CLI::App& app, ParseState& state,
                                                 std::vector<std::string> words) {
    auto parted = part_words(app, state.passing, std::move(words));
    state.container_words = std::move(parted.containers);
    std::ranges::reverse(parted.ours); // CLI11 takes them from the back
    try {
        app.parse(std::move(parted.ours));
        CLI::App* verb = chosen_verb(app);
        if (!state.take.contains(verb)) return HelpText{help_of(verb)};
        return Invocation{host_or_default(state.host), state.json, state.take.at(verb)()};
    } catch (const CLI::CallForHelp&) {
        return HelpText{help_of(chosen_verb(app))};
    } catch (const CLI::CallForVersion&) {
        return HelpText{"redoubtctl version " REDOUBT_VERSION "\n"};
    } catch (const CLI::ExtrasError&) {
        CLI::App* verb = chosen_verb(app);
        const auto extras = app.remaining(true);
        return refuse_unknown(verb, extras.empty() ? "" : extras.front());
    } catch (const CLI::ParseError& error) {
        return refuse(chosen_verb(app), lower_first(error.what()));
    }
}

} // namespace

CLI::App* add_verb(CLI::App& parent, ParseState& state, const std::string& name,
                   const std::string& description) {
    CLI::App* verb = parent.add_subcommand(name, description);
    add_global_flags(*verb, state);
    return verb;
}

void declare_verbs(CLI::App& app, ParseState& state) {
    add_global_flags(app, state);
    app.require_subcommand(0, 1);
    declare_process_verbs(app, state);
    declare_container_verbs(app, state);
    declare_change_verbs(app, state);
    declare_look_verbs(app, state);
    declare_image_verbs(app, state);
    declare_login_verbs(app, state);
    declare_volume_verbs(app, state);
    declare_pod_verbs(app, state);
    declare_cleaning_verbs(app, state); // behind the groups it adds to
    declare_node_verbs(app, state);
    declare_profile_verbs(app, state);
    declare_attest_verbs(app, state);
    declare_evidence_verbs(app, state);
    declare_policy_verbs(app, state);
    declare_initdata_verbs(app, state);
    declare_confidential_verbs(app, state);
    declare_trust_verbs(app, state);
    declare_shell_verbs(app, state);
}

Result<std::variant<Invocation, HelpText>> parse_command_line(std::vector<std::string> words) {
    ParseState state;
    CLI::App app("Containers, each in a micro-VM of its own", "redoubtctl");
    app.get_formatter()->column_width(32);
    declare_verbs(app, state);
    app.set_version_flag("--version", REDOUBT_VERSION, "Show the version")->group("Global");
    app.usage("Usage: redoubtctl [FLAGS] VERB"); // after its verbs, which would inherit it
    return parse(app, state, std::move(words));
}

} // namespace redoubt::ctl
