// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/agent_options.hpp"

#include <charconv>
#include <chrono>
#include <utility>

#include "common/log/log.hpp"

namespace redoubt::guest {

namespace {

constexpr int k_max_seconds = 3600;

Status apply_word(AgentOptions& options, std::string_view key, std::string_view value) {
    if (key == "agent.log") {
        options.log_level = value;
    } else if (key == "agent.server_addr") {
        options.server_address = value;
    } else if (key == "agent.hotplug_timeout") {
        int seconds = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
        if (error != std::errc{} || end != value.data() + value.size() || seconds < 1 ||
            seconds > k_max_seconds)
            return fail(Code::invalid_argument, "agent.hotplug_timeout: '{}' is not 1 to {} seconds", value,
                        k_max_seconds);
        options.hotplug_timeout = std::chrono::seconds(seconds);
    }
    return {};
}

} // namespace

Status apply_kernel_command_line(AgentOptions& options, std::string_view text) {
    while (!text.empty()) {
        const auto end = text.find_first_of(" \n");
        const auto word = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        const auto equals = word.find('=');
        if (equals != std::string_view::npos)
            RDT_CHECK(apply_word(options, word.substr(0, equals), word.substr(equals + 1)));
    }
    return {};
}

Status apply_arguments(AgentOptions& options, std::span<const char* const> arguments) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string_view flag = arguments[i];
        if (flag == "--without-cgroups") {
            options.has_cgroups = false;
            continue;
        }
        std::string* const place = flag == "--server-addr" ? &options.server_address
                                   : flag == "--run-dir"   ? &options.base
                                   : flag == "--log"       ? &options.log_level
                                                           : nullptr;
        if (place == nullptr) return fail(Code::invalid_argument, "unknown argument '{}'", flag);
        if (i + 1 == arguments.size()) return fail(Code::invalid_argument, "{} needs a value", flag);
        *place = arguments[++i];
    }
    return {};
}

} // namespace redoubt::guest
