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
constexpr int k_min_pipe = 4096;
constexpr int k_max_pipe = 1 << 20; // /proc/sys/fs/pipe-max-size as the kernel sets it
constexpr std::size_t k_max_ignored = 32;

Result<int> parse_between(std::string_view key, std::string_view value, int least, int most) {
    int number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc{} || end != value.data() + value.size() || number < least || number > most)
        return fail(Code::invalid_argument, "{}: '{}' is not {} to {}", key, value, least, most);
    return number;
}

/// Kata has more names for its levels than we have levels.
std::string_view level_of(std::string_view name) {
    if (name == "trace") return "debug";
    if (name == "warn") return "warning";
    if (name == "critical") return "error";
    return name;
}

Status apply_word(AgentOptions& options, std::string_view key, std::string_view value) {
    if (key == "agent.log") {
        options.log_level = level_of(value);
    } else if (key == "agent.server_addr") {
        options.server_address = value;
    } else if (key == "agent.hotplug_timeout") {
        RDT_TRY(const int seconds, parse_between(key, value, 1, k_max_seconds));
        options.hotplug_timeout = std::chrono::seconds(seconds);
    } else if (key == "agent.container_pipe_size") {
        // 0 is Kata's word for "leave it".
        if (value == "0") return {};
        RDT_TRY(options.pipe_bytes, parse_between(key, value, k_min_pipe, k_max_pipe));
    } else if (key == "redoubt.confidential" || key == "redoubt.simtee") {
        if (value != "1") return fail(Code::invalid_argument, "{}: '{}' is not 1", key, value);
        (key == "redoubt.simtee" ? options.has_simulator : options.is_confidential) = true;
    } else if (key.starts_with("agent.") && options.ignored.size() < k_max_ignored) {
        options.ignored.emplace_back(key.substr(0, 64));
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
        // A word without a value is a switch: agent.debug_console.
        const auto value = equals == std::string_view::npos ? std::string_view() : word.substr(equals + 1);
        RDT_CHECK(apply_word(options, word.substr(0, equals), value));
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
        if (flag == "--confidential") {
            options.is_confidential = true;
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
