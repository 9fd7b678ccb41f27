// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/sandbox/requests.hpp"

#include <algorithm>

namespace redoubt::guest::sandbox {

namespace {

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

} // namespace

Status check_id(const std::string& what, const std::string& id) {
    const bool is_valid = id.size() >= 2 && id.size() <= 128 && is_alphanumeric(id.front()) &&
                          std::ranges::all_of(id, [](char c) {
                              return is_alphanumeric(c) || c == '_' || c == '.' || c == '-';
                          });
    if (is_valid) return {};
    return fail(Code::invalid_argument, "{} '{}' is not [A-Za-z0-9][A-Za-z0-9_.-]{{1,127}}", what,
                id.substr(0, 140));
}

} // namespace redoubt::guest::sandbox
