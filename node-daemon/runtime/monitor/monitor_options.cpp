// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/runtime/monitor/monitor_options.hpp"

#include <string_view>

namespace redoubt::node::runtime {
namespace {

Status check(const RuntimeCommand::Settings& settings) {
    if (settings.name.empty()) return fail(Code::invalid_argument, "no sandbox is named");
    if (!settings.program.is_absolute())
        return fail(Code::invalid_argument, "--program '{}' is not an absolute path",
                    settings.program.native());
    if (!settings.folder.is_absolute())
        return fail(Code::invalid_argument, "--folder '{}' is not an absolute path",
                    settings.folder.native());
    return {};
}

} // namespace

Result<RuntimeCommand::Settings> parse_monitor_options(std::span<const char* const> arguments) {
    RuntimeCommand::Settings settings;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string_view word = arguments[i];
        if (!word.starts_with("--")) {
            settings.name = word;
            continue;
        }
        if (i + 1 == arguments.size()) return fail(Code::invalid_argument, "option {} has no value", word);
        const std::string_view value = arguments[++i];
        if (word == "--level") {
            RDT_TRY(settings.level, launch::parse_isolation_level(value));
        } else if (word == "--program") {
            settings.program = value;
        } else if (word == "--folder") {
            settings.folder = value;
        } else if (word == "--platform") {
            settings.platform = value;
        } else {
            return fail(Code::invalid_argument, "unknown option '{}'", word);
        }
    }
    RDT_CHECK(check(settings));
    if (!launch::is_on_host(settings.level))
        return fail(Code::invalid_argument, "level '{}' needs no monitor", launch::name_of(settings.level));
    return settings;
}

} // namespace redoubt::node::runtime
