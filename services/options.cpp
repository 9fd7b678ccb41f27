// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/options.hpp"

#include <array>
#include <span>
#include <string>
#include <vector>

namespace redoubt::services {
namespace {

/// The words that are no options: a command, and what it takes.
Status read_words(const std::vector<std::string>& words, Options& options) {
    if (words.empty()) return {};
    const auto unknown = [&](const std::string& word) {
        return fail(Code::invalid_argument, "unknown command '{}'; redoubt-kbs --help lists them", word);
    };
    if (words[0] == "backup") {
        if (words.size() != 2) return fail(Code::invalid_argument, "backup takes one file");
        options.asks = Options::Asks::backup;
        options.argument = words[1];
        return {};
    }
    if (words[0] == "init") {
        options.asks = Options::Asks::init;
        return words.size() == 1 ? Status() : unknown(words[1]);
    }
    struct Command {
        std::string_view group;
        std::string_view verb;
        Options::Asks asks;
        std::size_t least; ///< arguments
        std::size_t most;
    };
    static constexpr std::array<Command, 5> k_commands{
        {{"audit", "verify", Options::Asks::audit_verify, 0, 1},
         {"audit", "export", Options::Asks::audit_export, 0, 0},
         {"slot", "list", Options::Asks::slot_list, 0, 0},
         {"slot", "add-tpm", Options::Asks::slot_add_tpm, 0, 0},
         {"slot", "remove", Options::Asks::slot_remove, 1, 1}}};
    for (const auto& command : k_commands) {
        if (words.size() < 2 || words[0] != command.group || words[1] != command.verb) continue;
        if (words.size() < 2 + command.least)
            return fail(Code::invalid_argument, "{} {}: an argument is missing", command.group, command.verb);
        if (words.size() > 2 + command.most) return unknown(words[2 + command.most]);
        options.asks = command.asks;
        if (words.size() > 2) options.argument = words[2];
        return {};
    }
    return unknown(words.size() > 1 ? words[0] + " " + words[1] : words[0]);
}

} // namespace

Result<Options> parse_options(int argc, char** argv) {
    const std::span arguments(argv, static_cast<std::size_t>(argc));
    Options options;
    std::vector<std::string> words;
    bool prints_config = false;
    for (std::size_t i = 1; i < arguments.size(); ++i) {
        const std::string argument = arguments[i];
        if (argument == "--help" || argument == "-h")
            return Options{.asks = Options::Asks::help, .config_file = {}, .argument = {}};
        if (argument == "--version")
            return Options{.asks = Options::Asks::version, .config_file = {}, .argument = {}};
        if (argument == "--print-config") {
            prints_config = true;
        } else if (argument == "--config" && i + 1 < arguments.size()) {
            options.config_file = arguments[++i];
        } else if (argument.starts_with("--config=")) {
            options.config_file = argument.substr(std::string_view("--config=").size());
        } else if (argument.starts_with("-")) {
            return fail(Code::invalid_argument,
                        "unknown option '{}', or one without its value; redoubt-kbs --help lists them",
                        argument);
        } else {
            words.push_back(argument);
        }
    }
    RDT_CHECK(read_words(words, options));
    if (prints_config) options.asks = Options::Asks::print_config;
    return options;
}

} // namespace redoubt::services
