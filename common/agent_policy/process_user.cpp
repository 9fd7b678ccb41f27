// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/agent_policy/process_user.hpp"

#include <algorithm>
#include <charconv>
#include <format>
#include <optional>
#include <string_view>
#include <vector>

namespace redoubt::agent_policy {
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
    return value;
}

/// A container's word counts before its pod's.
UserWish first_of(const UserWish& container, const UserWish& pod) {
    return {.uid = container.uid ? container.uid : pod.uid, .gid = container.gid ? container.gid : pod.gid};
}

/// Fields of the first line whose field at `index` is `text`; passwd(5) and group(5).
std::optional<std::vector<std::string_view>> find_line(std::string_view file, std::size_t index,
                                                       std::string_view text) {
    for (const auto line : split(file, '\n')) {
        auto fields = split(line, ':');
        if (fields.size() >= 4 && fields[index] == text) return fields;
    }
    return std::nullopt;
}

Result<std::uint32_t> find_gid(std::string_view word, const ImageFacts& image) {
    if (const auto number = number_of(word)) return *number;
    const std::string_view groups = image.group ? std::string_view(*image.group) : std::string_view();
    const auto line = find_line(groups, 0, word);
    const auto number = line ? number_of((*line)[2]) : std::nullopt;
    if (number) return *number;
    return fail(Code::invalid_argument, "its image runs as group '{}', which {}", word,
                image.group ? "its /etc/group does not have" : "needs its /etc/group");
}

/// The line of passwd that `user` names, by name or number.
std::optional<std::vector<std::string_view>> find_user(std::string_view user, const ImageFacts& image) {
    const std::string_view passwd = image.passwd ? std::string_view(*image.passwd) : std::string_view();
    return find_line(passwd, number_of(user) ? 2 : 0, user);
}

void add_groups_of(std::string_view name, const ImageFacts& image, std::set<std::uint32_t>& gids) {
    if (!image.group) return;
    for (const auto line : split(*image.group, '\n')) {
        const auto fields = split(line, ':');
        if (fields.size() < 4) continue;
        const auto gid = number_of(fields[2]);
        const auto members = split(fields[3], ',');
        if (gid && std::ranges::contains(members, name)) gids.insert(*gid);
    }
}

} // namespace

std::string process_user_words(const UserWish& wish, const Workload& pod, const ImageFacts& image) {
    const auto [uid, gid] = first_of(wish, pod.user);
    if (!uid) return image.config.user;
    return gid ? std::format("{}:{}", *uid, *gid) : std::to_string(*uid);
}

Result<ProcessUser> resolve_process_user(const UserWish& wish, const Workload& pod, const ImageFacts& image) {
    const auto [uid, gid] = first_of(wish, pod.user);
    std::string word = uid ? std::to_string(*uid) : image.config.user;
    std::string group;
    if (const auto colon = word.find(':'); colon != std::string::npos) {
        group = word.substr(colon + 1);
        word.resize(colon);
    }
    if (word.empty()) word = "0";
    const auto line = find_user(word, image);
    ProcessUser user;
    if (const auto number = number_of(word)) {
        user.uid = *number;
    } else {
        const auto found = line ? number_of((*line)[2]) : std::nullopt;
        if (!found)
            return fail(Code::invalid_argument, "its image runs as '{}', which {}", word,
                        image.passwd ? "its /etc/passwd does not have" : "needs its /etc/passwd");
        user.uid = *found;
    }
    if (gid) {
        user.gid = *gid;
    } else if (!group.empty()) {
        RDT_TRY(user.gid, find_gid(group, image));
    } else if (line) {
        user.gid = number_of((*line)[3]).value_or(0);
    }
    user.additional_gids.insert(user.gid);
    if (line && !pod.only_named_groups) add_groups_of((*line)[0], image, user.additional_gids);
    user.additional_gids.insert(pod.supplemental_groups.begin(), pod.supplemental_groups.end());
    if (pod.fs_group) user.additional_gids.insert(*pod.fs_group);
    return user;
}

} // namespace redoubt::agent_policy
