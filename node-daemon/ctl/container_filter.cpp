// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/container_filter.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "node-daemon/ctl/table.hpp"

namespace redoubt::ctl {
namespace {

constexpr std::array<std::string_view, 5> k_keys{"name", "id", "label", "status", "ancestor"};

bool has_label(const pb::ContainerSummary& container, const std::string& label) {
    const auto equals = label.find('=');
    const auto found = container.labels().find(label.substr(0, equals));
    if (found == container.labels().end()) return false;
    return equals == std::string::npos || found->second == label.substr(equals + 1);
}

bool matches(const pb::ContainerSummary& container, const std::string& key, const std::string& value) {
    if (key == "name") return container.name().find(value) != std::string::npos;
    if (key == "id") return container.id().starts_with(value);
    if (key == "status") return name_of_state(container) == value;
    if (key == "ancestor")
        return container.image() == value || short_id(container.image_id()) == short_id(value);
    return has_label(container, value);
}

using Filters = std::map<std::string, std::vector<std::string>>;

Result<Filters> parse_filters(const std::vector<std::string>& texts) {
    Filters filters;
    for (const auto& text : texts) {
        const auto equals = text.find('=');
        const std::string key = text.substr(0, equals);
        if (equals == std::string::npos || !std::ranges::contains(k_keys, key)) {
            return fail(Code::invalid_argument,
                        "--filter '{}' is not name=, id=, label=, status= or ancestor=", text);
        }
        filters[key].push_back(text.substr(equals + 1));
    }
    return filters;
}

} // namespace

Result<std::vector<pb::ContainerSummary>> filter_containers(const pb::ListContainersResponse& containers,
                                                            const std::vector<std::string>& filters) {
    RDT_TRY(const auto parsed, parse_filters(filters));
    std::vector<pb::ContainerSummary> chosen;
    for (const auto& container : containers.containers()) {
        const bool is_chosen = std::ranges::all_of(parsed, [&](const auto& filter) {
            const auto& [key, values] = filter;
            const auto fits = [&](const std::string& value) { return matches(container, key, value); };
            return key == "label" ? std::ranges::all_of(values, fits) : std::ranges::any_of(values, fits);
        });
        if (is_chosen) chosen.push_back(container);
    }
    return chosen;
}

} // namespace redoubt::ctl
