// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/agent_policy/workload.hpp"

#include <algorithm>
#include <utility>

#include "common/agent_policy/pattern.hpp"

namespace redoubt::agent_policy {

Template Template::literal(std::string text) {
    return {{{.text = std::move(text), .is_pattern = false}}};
}

Template Template::pattern(std::string expression) {
    return {{{.text = std::move(expression), .is_pattern = true}}};
}

void Template::append(const Template& other) {
    parts.insert(parts.end(), other.parts.begin(), other.parts.end());
}

bool Template::is_literal() const {
    return std::ranges::none_of(parts, &Part::is_pattern);
}

std::string Template::text() const {
    std::string out;
    for (const auto& part : parts) out += part.text;
    return out;
}

std::string Template::expression() const {
    std::string out;
    for (const auto& part : parts) out += part.is_pattern ? part.text : quote_pattern(part.text);
    return out;
}

} // namespace redoubt::agent_policy
