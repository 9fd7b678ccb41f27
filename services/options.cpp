// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/options.hpp"

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
    if (words[0] == "init") {
        options.asks = Options::Asks::init;
        return words.size() == 1 ? Status() : unknown(words[1]);
    }
    if (words[0] != "audit" || words.size() < 2) return unknown(words[0]);
    if (words[1] == "verify")
        options.asks = Options::Asks::audit_verify;
    else if (words[1] == "export")
        options.asks = Options::Asks::audit_export;
    else
        return unknown("audit " + words[1]);
    const std::size_t most = options.asks == Options::Asks::audit_verify ? 3 : 2;
    if (words.size() > most) return unknown(words[most]);
    if (words.size() == 3) options.file = words[2];
    return {};
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
            return Options{.asks = Options::Asks::help, .config_file = {}, .file = {}};
        if (argument == "--version")
            return Options{.asks = Options::Asks::version, .config_file = {}, .file = {}};
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
