// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/completion.hpp"

#include <algorithm>

#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/verb_options.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {
namespace {

constexpr auto k_bash = R"(# bash completion of redoubtctl
_redoubtctl() {
    local words cword cur
    if declare -F _get_comp_words_by_ref >/dev/null; then
        _get_comp_words_by_ref -n =: words cword cur
    else
        words=("${COMP_WORDS[@]}") cword=$COMP_CWORD cur=${COMP_WORDS[COMP_CWORD]}
    fi
    mapfile -t COMPREPLY < <("${words[0]}" __complete -- "${words[@]:1:cword}" 2>/dev/null)
    if declare -F __ltrim_colon_completions >/dev/null; then __ltrim_colon_completions "$cur"; fi
}
complete -o default -F _redoubtctl redoubtctl
)";

constexpr auto k_zsh = R"(#compdef redoubtctl
_redoubtctl() {
    local -a candidates
    candidates=("${(@f)$("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    candidates=(${candidates:#})
    if (( ${#candidates} )); then compadd -- "${candidates[@]}"; else _files; fi
}
if [ "$funcstack[1]" = "_redoubtctl" ]; then _redoubtctl "$@"; else compdef _redoubtctl redoubtctl; fi
)";

constexpr auto k_fish = R"(# fish completion of redoubtctl
function __redoubtctl_complete
    set -l words (commandline -opc) (commandline -ct)
    $words[1] __complete -- $words[2..-1] 2>/dev/null
end
complete -c redoubtctl -a '(__redoubtctl_complete)'
)";

/// The flag's value is the next word.
bool takes_next_word(const CLI::App& verb, const std::string& word) {
    if (word.find('=') != std::string::npos) return false;
    const bool is_cluster = word.size() > 2 && !word.starts_with("--");
    const auto* option = verb.get_option_no_throw(is_cluster ? std::string("-") + word.back() : word);
    return option != nullptr && option->get_items_expected_max() > 0;
}

/// Where in the command line the last word stands.
struct Place {
    CLI::App* verb = nullptr;
    std::size_t arguments = 0;  ///< of the verb, before this word
    bool is_value = false;      ///< of a flag
    bool is_containers = false; ///< a word of the container's own command
};

CLI::App* find_verb(CLI::App& parent, const std::string& word) {
    const auto found = parent.get_subcommands([&](const CLI::App* verb) { return verb->get_name() == word; });
    return found.empty() ? nullptr : found.front();
}

Place place_of_last(CLI::App& app, const ParseState& state, const std::vector<std::string>& words) {
    Place place{.verb = &app};
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        const auto& word = words[i];
        if (place.is_value) {
            place.is_value = false;
        } else if (word.size() > 1 && word.starts_with('-')) {
            place.is_value = takes_next_word(*place.verb, word);
        } else if (CLI::App* verb = find_verb(*place.verb, word); verb != nullptr) {
            place.verb = verb;
        } else {
            ++place.arguments;
            place.is_containers = state.passing.contains(place.verb);
        }
    }
    return place;
}

std::vector<std::string> flags_of(const CLI::App& verb) {
    std::vector<std::string> flags;
    for (const auto* option : verb.get_options())
        for (const auto& name : option->get_lnames()) flags.push_back("--" + name);
    return flags;
}

std::vector<std::string> verbs_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const auto* verb : app.get_subcommands([](const CLI::App*) { return true; }))
        if (!verb->get_group().empty()) names.push_back(verb->get_name());
    return names;
}

/// The name of the verb's positional argument at that place; the last one may be repeated.
std::string positional_at(const CLI::App& verb, std::size_t place) {
    std::string name;
    std::size_t at = 0;
    for (const auto* option : verb.get_options()) {
        if (!option->get_positional()) continue;
        const bool is_repeated = option->get_items_expected_max() > 1;
        name = option->get_name(true);
        if (at++ == place || is_repeated) return name;
    }
    return "";
}

std::vector<std::string> arguments_of(const Place& place, const ParseState& state, const NamesOnNode& node) {
    if (place.is_containers) return {};
    if (state.passing.contains(place.verb))
        return place.verb->get_name() == "exec" ? node.containers() : node.images();
    const auto wanted = positional_at(*place.verb, place.arguments);
    if (wanted == "CONTAINER") return node.containers();
    if (wanted == "IMAGE") return node.images();
    if (wanted == "SHELL") return {"bash", "fish", "zsh"};
    return {};
}

std::vector<std::string> containers_at(const std::string& host) {
    const auto client = Client::connect(host);
    if (!client) return {};
    const auto all = (*client)->list_containers(/*all=*/true);
    std::vector<std::string> names;
    if (all)
        for (const auto& container : all->containers()) names.push_back(container.name());
    return names;
}

std::vector<std::string> images_at(const std::string& host) {
    const auto client = Client::connect(host);
    if (!client) return {};
    const auto all = (*client)->list_images();
    std::vector<std::string> names;
    if (all)
        for (const auto& image : all->images())
            names.insert(names.end(), image.names().begin(), image.names().end());
    return names;
}

/// The words are not parsed, but a host among them is heeded.
std::string host_in(const std::vector<std::string>& words, std::string host) {
    constexpr std::string_view k_flag = "--host=";
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        if (words[i] == "-H" || words[i] == "--host") host = words[i + 1];
        if (words[i].starts_with(k_flag)) host = words[i].substr(k_flag.size());
    }
    return host;
}

} // namespace

std::vector<std::string> complete_words(const std::vector<std::string>& words, const NamesOnNode& node) {
    ParseState state;
    CLI::App app("", "redoubtctl");
    declare_verbs(app, state);
    const std::string last = words.empty() ? "" : words.back();
    const auto place = place_of_last(app, state, words);
    std::vector<std::string> candidates;
    if (place.is_value || place.is_containers) return candidates;
    if (last.starts_with('-'))
        candidates = flags_of(*place.verb);
    else if (auto verbs = verbs_of(*place.verb); !verbs.empty())
        candidates = std::move(verbs);
    else
        candidates = arguments_of(place, state, node);
    std::erase_if(candidates, [&last](const std::string& word) { return !word.starts_with(last); });
    std::ranges::sort(candidates);
    return candidates;
}

std::string completion_script(const std::string& shell) {
    if (shell == "bash") return k_bash;
    return shell == "zsh" ? k_zsh : k_fish;
}

Result<int> completion(const CompletionOptions& options) {
    RDT_CHECK(print(completion_script(options.shell)));
    return 0;
}

Result<int> complete(const std::string& host, const CompleteOptions& options) {
    const auto wanted = host_in(options.words, host);
    const NamesOnNode node{.containers = [&] { return containers_at(wanted); },
                           .images = [&] { return images_at(wanted); }};
    std::string text;
    for (const auto& word : complete_words(options.words, node)) text += word + "\n";
    RDT_CHECK(print(text));
    return 0;
}

} // namespace redoubt::ctl
