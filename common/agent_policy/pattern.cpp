// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/agent_policy/pattern.hpp"

#include <format>

namespace redoubt::agent_policy {

std::string quote_pattern(std::string_view text) {
    constexpr std::string_view k_special = R"(\.+*?()|[]{}^$)";
    std::string out;
    for (const char letter : text) {
        if (k_special.contains(letter)) out += '\\';
        out += letter;
    }
    return out;
}

std::string anchored(std::string_view expression) {
    return std::format("^(?:{})$", expression);
}

} // namespace redoubt::agent_policy
