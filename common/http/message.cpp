// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/http/message.hpp"

#include <algorithm>
#include <cctype>

namespace redoubt::http {

bool is_equal_ignoring_case(std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
    });
}

void Headers::remove(std::string_view name) {
    std::erase_if(fields_, [&](const Header& field) { return is_equal_ignoring_case(field.name, name); });
}

std::optional<std::string> Headers::find(std::string_view name) const {
    for (const auto& field : fields_) {
        if (is_equal_ignoring_case(field.name, name)) return field.value;
    }
    return std::nullopt;
}

std::vector<std::string> Headers::find_all(std::string_view name) const {
    std::vector<std::string> values;
    for (const auto& field : fields_) {
        if (is_equal_ignoring_case(field.name, name)) values.push_back(field.value);
    }
    return values;
}

} // namespace redoubt::http
