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

/// An option that is there or not. False: it is none of these.
bool read_flag(const std::string& argument, Options& options, bool& prints_config) {
    if (argument == "--print-config") {
        prints_config = true;
    } else if (argument == "--measured-boot") {
        options.tpm_slot.is_for_boot = true;
    } else if (argument == "--without-pin") {
        options.tpm_slot.has_pin = false;
    } else {
        return false;
    }
    return true;
}

Status check_slot_options(const Options& options) {
    const auto& slot = options.tpm_slot;
    const bool is_said = slot.is_for_boot || !slot.has_pin || !slot.public_key.empty();
    if (is_said && options.asks != Options::Asks::slot_add_tpm)
        return fail(Code::invalid_argument,
                    "--measured-boot, --public-key and --without-pin are for slot add-tpm");
    if (is_said && !slot.is_for_boot)
        return fail(Code::invalid_argument,
                    "--public-key and --without-pin need --measured-boot: a slot without PIN that any boot "
                    "opens would open for whoever has the machine");
    return {};
}

} // namespace

Result<Options> parse_options(int argc, char** argv) {
    const std::span arguments(argv, static_cast<std::size_t>(argc));
    Options options;
    std::vector<std::string> words;
    bool prints_config = false;
    for (std::size_t i = 1; i < arguments.size(); ++i) {
        std::string argument = arguments[i];
        if (argument == "--help" || argument == "-h" || argument == "--version") {
            Options only;
            only.asks = argument == "--version" ? Options::Asks::version : Options::Asks::help;
            return only;
        }
        if (read_flag(argument, options, prints_config)) continue;
        if (!argument.starts_with("-")) {
            words.push_back(argument);
            continue;
        }
        const auto equals = argument.find('=');
        const auto name = argument.substr(0, equals);
        const bool is_known = name == "--config" || name == "--public-key";
        if (!is_known || (equals == std::string::npos && i + 1 == arguments.size()))
            return fail(Code::invalid_argument,
                        "unknown option '{}', or one without its value; redoubt-kbs --help lists them",
                        argument);
        const std::string value = equals == std::string::npos ? arguments[++i] : argument.substr(equals + 1);
        (name == "--config" ? options.config_file : options.tpm_slot.public_key) = value;
    }
    RDT_CHECK(read_words(words, options));
    RDT_CHECK(check_slot_options(options));
    if (prints_config) options.asks = Options::Asks::print_config;
    return options;
}

} // namespace redoubt::services
