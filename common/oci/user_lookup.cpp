// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/oci/user_lookup.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

namespace redoubt::oci {

namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::optional<std::uint32_t> number_of(std::string_view text) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    // (uid_t)-1 means "leave as it is" to the kernel.
    if (value == std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    return value;
}

struct PasswdEntry {
    std::string_view name;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::string_view home;
};

struct GroupEntry {
    std::string_view name;
    std::uint32_t gid = 0;
    std::vector<std::string_view> members;
};

std::vector<PasswdEntry> parse_passwd(std::string_view text) {
    std::vector<PasswdEntry> entries;
    for (const auto line : split(text, '\n')) {
        const auto fields = split(line, ':');
        if (fields.size() < 6) continue;
        const auto uid = number_of(fields[2]);
        const auto gid = number_of(fields[3]);
        if (uid && gid) entries.push_back({fields[0], *uid, *gid, fields[5]});
    }
    return entries;
}

std::vector<GroupEntry> parse_group(std::string_view text) {
    std::vector<GroupEntry> entries;
    for (const auto line : split(text, '\n')) {
        const auto fields = split(line, ':');
        if (fields.size() < 4) continue;
        if (const auto gid = number_of(fields[2]))
            entries.push_back({fields[0], *gid, split(fields[3], ',')});
    }
    return entries;
}

Status look_up_user(ResolvedUser& resolved, std::string_view word, const std::vector<PasswdEntry>& passwd) {
    const auto number = number_of(word);
    for (const auto& entry : passwd) {
        if (entry.name != word && entry.uid != number) continue;
        resolved.uid = entry.uid;
        resolved.gid = entry.gid;
        return {};
    }
    if (!number)
        return fail(Code::invalid_argument, "unable to find user {}: no matching entries in passwd file",
                    word);
    resolved.uid = *number;
    return {};
}

Status look_up_group(ResolvedUser& resolved, std::string_view word, const std::vector<GroupEntry>& groups) {
    const auto number = number_of(word);
    for (const auto& entry : groups) {
        if (entry.name != word && entry.gid != number) continue;
        resolved.gid = entry.gid;
        return {};
    }
    if (!number)
        return fail(Code::invalid_argument, "unable to find group {}: no matching entries in group file",
                    word);
    resolved.gid = *number;
    return {};
}

void add_memberships(ResolvedUser& resolved, std::string_view name, const std::vector<GroupEntry>& groups) {
    for (const auto& entry : groups)
        if (std::ranges::contains(entry.members, name)) resolved.additional_gids.push_back(entry.gid);
}

} // namespace

Result<ResolvedUser> resolve_user(const oci::User& user, std::string_view passwd, std::string_view group) {
    ResolvedUser resolved{user.uid, user.gid, {}, "/"};
    const auto users = parse_passwd(passwd);
    if (!user.username.empty()) {
        const auto colon = user.username.find(':');
        const std::string_view name = std::string_view(user.username).substr(0, colon);
        const auto groups = parse_group(group);
        resolved.gid = 0;
        RDT_CHECK(look_up_user(resolved, name.empty() ? "0" : name, users));
        if (colon != std::string::npos && colon + 1 < user.username.size()) {
            RDT_CHECK(look_up_group(resolved, std::string_view(user.username).substr(colon + 1), groups));
        } else if (!number_of(name)) {
            add_memberships(resolved, name, groups);
        }
    }
    resolved.additional_gids.insert(resolved.additional_gids.end(), user.additional_gids.begin(),
                                    user.additional_gids.end());
    const auto entry = std::ranges::find(users, resolved.uid, &PasswdEntry::uid);
    if (entry != users.end() && !entry->home.empty()) resolved.home = entry->home;
    return resolved;
}

} // namespace redoubt::oci
