// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/options.hpp"

#include <span>
#include <string>

namespace redoubt::node {
namespace {

/// The field that an option with a value sets; null when it is none.
std::filesystem::path* field_of(Options& options, std::string_view name) {
    if (name == "--config") return &options.config_file;
    if (name == "--state-dir") return &options.state_directory;
    if (name == "--runtime-dir") return &options.runtime_directory;
    if (name == "--launcher") return &options.launcher_socket;
    return nullptr;
}

Status set_path(std::filesystem::path& field, std::string_view name, std::string_view value) {
    if (value.empty()) return fail(Code::invalid_argument, "option {}: a path is missing", name);
    field = std::filesystem::absolute(value);
    return {};
}

} // namespace

Result<Options> parse_options(int argc, char** argv) {
    const std::span arguments(argv, static_cast<std::size_t>(argc));
    Options options;
    for (std::size_t i = 1; i < arguments.size(); ++i) {
        const std::string_view argument = arguments[i];
        if (argument == "--help" || argument == "-h") return Options{.asks = Options::Asks::help};
        if (argument == "--version") return Options{.asks = Options::Asks::version};
        if (argument == "--print-config") {
            options.asks = Options::Asks::print_config;
            continue;
        }
        const auto equals = argument.find('=');
        const auto name = argument.substr(0, equals);
        auto* const field = field_of(options, name);
        if (field == nullptr)
            return fail(Code::invalid_argument, "unknown option '{}'; redoubtd --help lists them", argument);
        const bool has_value = equals != std::string_view::npos;
        const std::string_view next = i + 1 < arguments.size() ? arguments[i + 1] : std::string_view();
        RDT_CHECK(set_path(*field, name, has_value ? argument.substr(equals + 1) : next));
        if (!has_value) ++i;
    }
    return options;
}

} // namespace redoubt::node
