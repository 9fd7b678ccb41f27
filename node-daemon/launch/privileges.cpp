// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launch/privileges.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace redoubt::node::launch {
namespace {

constexpr std::uint64_t k_open_files = 1'048'576;

// Source: linux/capability.h, in the order of their numbers.
constexpr std::array<std::string_view, 41> k_all = {"CHOWN",
                                                    "DAC_OVERRIDE",
                                                    "DAC_READ_SEARCH",
                                                    "FOWNER",
                                                    "FSETID",
                                                    "KILL",
                                                    "SETGID",
                                                    "SETUID",
                                                    "SETPCAP",
                                                    "LINUX_IMMUTABLE",
                                                    "NET_BIND_SERVICE",
                                                    "NET_BROADCAST",
                                                    "NET_ADMIN",
                                                    "NET_RAW",
                                                    "IPC_LOCK",
                                                    "IPC_OWNER",
                                                    "SYS_MODULE",
                                                    "SYS_RAWIO",
                                                    "SYS_CHROOT",
                                                    "SYS_PTRACE",
                                                    "SYS_PACCT",
                                                    "SYS_ADMIN",
                                                    "SYS_BOOT",
                                                    "SYS_NICE",
                                                    "SYS_RESOURCE",
                                                    "SYS_TIME",
                                                    "SYS_TTY_CONFIG",
                                                    "MKNOD",
                                                    "LEASE",
                                                    "AUDIT_WRITE",
                                                    "AUDIT_CONTROL",
                                                    "SETFCAP",
                                                    "MAC_OVERRIDE",
                                                    "MAC_ADMIN",
                                                    "SYSLOG",
                                                    "WAKE_ALARM",
                                                    "BLOCK_SUSPEND",
                                                    "AUDIT_READ",
                                                    "PERFMON",
                                                    "BPF",
                                                    "CHECKPOINT_RESTORE"};

constexpr std::array<std::string_view, 14> k_default = {
    "CHOWN",   "DAC_OVERRIDE",     "FOWNER",  "FSETID",     "KILL",  "SETGID",      "SETUID",
    "SETPCAP", "NET_BIND_SERVICE", "NET_RAW", "SYS_CHROOT", "MKNOD", "AUDIT_WRITE", "SETFCAP"};

// Source: getrlimit(2).
constexpr std::array<std::string_view, 16> k_limits = {
    "AS",   "CORE",   "CPU",   "DATA", "FSIZE",  "LOCKS",  "MEMLOCK",    "MSGQUEUE",
    "NICE", "NOFILE", "NPROC", "RSS",  "RTPRIO", "RTTIME", "SIGPENDING", "STACK"};

std::string upper(std::string text) {
    for (char& c : text)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    return text;
}

/// "net_admin" or "CAP_NET_ADMIN" -> "NET_ADMIN"; "all" -> "ALL".
Result<std::string> parse_capability(const std::string& text) {
    auto name = upper(text);
    if (name.starts_with("CAP_")) name = name.substr(4);
    if (name != "ALL" && !std::ranges::contains(k_all, name))
        return fail(Code::invalid_argument, "capability '{}': Linux has none of that name", text);
    return name;
}

Result<std::vector<std::string>> parse_capabilities(const std::vector<std::string>& texts) {
    std::vector<std::string> names;
    for (const auto& text : texts) {
        RDT_TRY(auto name, parse_capability(text));
        names.push_back(std::move(name));
    }
    return names;
}

} // namespace

Result<std::vector<std::string>> choose_capabilities(const ContainerConfig& request) {
    RDT_TRY(const auto added, parse_capabilities(request.added_capabilities));
    RDT_TRY(const auto dropped, parse_capabilities(request.dropped_capabilities));
    const bool adds_all = request.privileged || std::ranges::contains(added, "ALL");
    const bool drops_all = std::ranges::contains(dropped, "ALL");
    if (adds_all && drops_all)
        return fail(Code::invalid_argument, "capabilities: all cannot be added and dropped at once");
    std::vector<std::string> chosen;
    for (const auto& name : k_all) {
        const bool is_named = std::ranges::contains(added, name);
        const bool is_default = std::ranges::contains(k_default, name) && !drops_all;
        const bool is_dropped = std::ranges::contains(dropped, name);
        if (is_named && is_dropped)
            return fail(Code::invalid_argument, "capability '{}' is added and dropped", name);
        if ((is_named || is_default || adds_all) && !is_dropped) chosen.push_back("CAP_" + std::string(name));
    }
    return chosen;
}

std::vector<oci::DeviceRule> make_device_rules(const ContainerConfig& request) {
    if (request.privileged) return {{.allow = true, .type = "a", .access = "rwm"}};
    // Nothing but what every container needs; making nodes is allowed, using them is not.
    std::vector<oci::DeviceRule> rules{
        {.allow = false, .type = "a", .access = "rwm"},
        {.allow = true, .type = "c", .access = "m"},
        {.allow = true, .type = "b", .access = "m"},
    };
    // Source: Linux admin-guide/devices.txt. null, zero, full, random, urandom, tty, console, ptmx, pts.
    constexpr std::pair<std::int64_t, std::int64_t> k_usable[] = {{1, 3}, {1, 5}, {1, 7}, {1, 8},   {1, 9},
                                                                  {5, 0}, {5, 1}, {5, 2}, {136, -1}};
    for (const auto& [major, minor] : k_usable)
        rules.push_back({.allow = true, .type = "c", .major = major, .minor = minor, .access = "rwm"});
    return rules;
}

Result<std::vector<oci::Rlimit>> choose_limits(const ContainerConfig& request) {
    std::vector<oci::Rlimit> limits{{.type = "RLIMIT_NOFILE", .hard = k_open_files, .soft = k_open_files}};
    for (const auto& wanted : request.ulimits) {
        auto name = upper(wanted.type);
        if (name.starts_with("RLIMIT_")) name = name.substr(7);
        if (!std::ranges::contains(k_limits, name))
            return fail(Code::invalid_argument, "ulimit '{}': Linux has none of that name", wanted.type);
        if (wanted.soft > wanted.hard)
            return fail(Code::invalid_argument, "ulimit '{}': the soft limit {} is beyond the hard limit {}",
                        wanted.type, wanted.soft, wanted.hard);
        const oci::Rlimit limit{.type = "RLIMIT_" + name, .hard = wanted.hard, .soft = wanted.soft};
        const auto known = std::ranges::find(limits, limit.type, &oci::Rlimit::type);
        if (known == limits.end())
            limits.push_back(limit);
        else
            *known = limit;
    }
    return limits;
}

} // namespace redoubt::node::launch
