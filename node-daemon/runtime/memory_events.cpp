// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/runtime/memory_events.hpp"

#include <algorithm>
#include <charconv>
#include <format>
#include <string>

#include "common/base/file.hpp"

namespace redoubt::node::runtime {
namespace {

constexpr std::string_view k_counter = "oom_kill ";

/// The first line that begins with `start` and holds `mark`, from behind that mark.
std::string line_behind(std::string_view text, std::string_view mark) {
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        if (const auto place = line.find(mark); place != std::string_view::npos)
            return std::string(line.substr(place + mark.size()));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return {};
}

} // namespace

std::filesystem::path memory_events_of(std::string_view cgroups, const std::filesystem::path& root) {
    std::error_code error;
    if (std::filesystem::exists(root / "cgroup.controllers", error)) {
        const auto group = line_behind(cgroups, "0::/");
        return group.empty() ? std::filesystem::path() : root / group / "memory.events";
    }
    const auto group = line_behind(cgroups, ":memory:/");
    return group.empty() ? std::filesystem::path() : root / "memory" / group / "memory.oom_control";
}

std::filesystem::path find_memory_events(pid_t pid) {
    const auto cgroups = read_file(std::format("/proc/{}/cgroup", pid));
    return cgroups ? memory_events_of(*cgroups, "/sys/fs/cgroup") : std::filesystem::path();
}

std::uint64_t count_memory_kills(const std::filesystem::path& file) {
    if (file.empty()) return 0;
    const auto text = read_file(file);
    if (!text) return 0;
    const auto number = line_behind(*text, k_counter);
    std::uint64_t count = 0;
    std::from_chars(number.data(), number.data() + number.size(), count);
    return count;
}

} // namespace redoubt::node::runtime
