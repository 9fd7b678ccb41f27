// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/container_words.hpp"

#include <utility>

namespace redoubt::ctl {
namespace {

bool takes_value(const CLI::App& verb, const std::string& flag) {
    const CLI::Option* option = verb.get_option_no_throw(flag);
    return option != nullptr && option->get_items_expected_max() > 0;
}

/// Whether the flag's value is the next word: "--name web", "-e A=1", "-ite A=1", but not "--name=web" nor
/// "-eA=1".
bool needs_next_word(const CLI::App& verb, const std::string& word) {
    if (word.starts_with("--")) return word.find('=') == std::string::npos && takes_value(verb, word);
    for (std::size_t i = 1; i < word.size(); ++i) {
        if (takes_value(verb, std::string("-") + word[i])) return i + 1 == word.size();
    }
    return false;
}

const CLI::App* find_verb(const CLI::App& parent, const std::string& word) {
    const auto found = parent.get_subcommands([&](const CLI::App* verb) { return verb->get_name() == word; });
    return found.empty() ? nullptr : found.front();
}

bool is_flag(const std::string& word) {
    return word.size() > 1 && word.starts_with("-");
}

} // namespace

PartedWords part_words(const CLI::App& app, const std::set<const CLI::App*>& passing,
                       std::vector<std::string> words) {
    PartedWords parted;
    const CLI::App* verb = &app;
    auto word = words.begin();
    while (word != words.end()) {
        const bool is_passing = passing.contains(verb);
        if (is_passing && (*word == "--" || !is_flag(*word))) {
            if (*word == "--") ++word;
            break;
        }
        const CLI::App* named = is_flag(*word) ? nullptr : find_verb(*verb, *word);
        if (named != nullptr) verb = named;
        const bool has_empty_value = is_flag(*word) && word->starts_with("--") && word->ends_with("=");
        const bool needs_next = is_flag(*word) && needs_next_word(*verb, *word);
        if (has_empty_value) word->pop_back();
        parted.ours.push_back(std::move(*word++));
        if (has_empty_value) parted.ours.emplace_back();
        if (needs_next && word != words.end()) parted.ours.push_back(std::move(*word++));
    }
    parted.containers.assign(std::move_iterator(word), std::move_iterator(words.end()));
    return parted;
}

} // namespace redoubt::ctl
