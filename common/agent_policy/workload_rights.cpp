// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/agent_policy/workload_rights.hpp"

#include <algorithm>
#include <array>
#include <format>

namespace redoubt::agent_policy {
namespace {

namespace bj = boost::json;

constexpr const char* k_member = "workload_api";
constexpr std::array<std::string_view, 3> k_switches = {"token", "evidence", "event"};

/// A pattern always speaks of the whole path: "a/b/c" must not open "x/a/b/c/d".
bj::string whole(const std::string& pattern) {
    return bj::string(std::format("^(?:{})$", pattern));
}

Status expect_known_members(const json::Node& entry) {
    RDT_TRY(const auto members, entry.members());
    for (const auto& [name, value] : members) {
        const bool is_known =
            name == "container" || name == "resources_like" || std::ranges::contains(k_switches, name);
        if (!is_known) return value.wrong("not known");
    }
    return {};
}

Result<bj::object> rights_of(const json::Node& entry) {
    RDT_CHECK(expect_known_members(entry));
    bj::object rights;
    bj::array patterns;
    RDT_TRY(const auto resources, entry["resources_like"].strings_or_empty());
    for (const auto& pattern : resources) patterns.emplace_back(whole(pattern));
    rights["resources_like"] = std::move(patterns);
    for (const auto name : k_switches) {
        RDT_TRY(rights[name], entry[name].boolean_or(false));
    }
    return rights;
}

bj::object* find_slot(bj::array& slots, const std::string& container) {
    for (auto& slot : slots)
        if (slot.at("kind").as_string() == "container" && slot.at("name").as_string() == container)
            return &slot.as_object();
    return nullptr;
}

bool may_listen(const bj::object& slot) {
    const auto& names = slot.at("process").at("capabilities").at("Bounding").as_array();
    return std::ranges::contains(names, bj::value("CAP_NET_RAW"));
}

/// The containers of a pod share a loopback, and its packets are not encrypted.
void warn_of_listeners(const bj::array& slots, std::vector<std::string>& warnings) {
    const auto with_rights = std::ranges::count_if(
        slots, [](const bj::value& slot) { return slot.as_object().contains(k_member); });
    if (with_rights == 0) return;
    for (const auto& slot : slots) {
        const bool is_alone = with_rights == 1 && slot.as_object().contains(k_member);
        if (slot.at("kind").as_string() != "container" || is_alone || !may_listen(slot.as_object())) continue;
        warnings.push_back(
            std::format("container '{}' has the capability NET_RAW: it can read what other containers fetch "
                        "from the workload API; drop it",
                        slot.at("name").as_string().c_str()));
    }
}

} // namespace

Status add_workload_rights(const json::Node& settings, bj::array& slots, std::vector<std::string>& warnings) {
    RDT_TRY(const auto entries, settings[k_member].array());
    for (const auto& entry : entries) {
        RDT_TRY(const auto container, entry["container"].string());
        RDT_TRY(auto rights, rights_of(entry));
        auto* const slot = find_slot(slots, container);
        if (slot == nullptr) {
            warnings.push_back(std::format("{}: the pod has no container '{}'", entry.path(), container));
            continue;
        }
        if (slot->contains(k_member))
            return entry.wrong(std::format("container '{}' has an entry already", container));
        slot->emplace(k_member, std::move(rights));
    }
    warn_of_listeners(slots, warnings);
    return {};
}

} // namespace redoubt::agent_policy
