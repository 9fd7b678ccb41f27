// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What the writers of JSON share.

#include <boost/json.hpp>

#include <map>
#include <string>
#include <string_view>

#include "node-daemon/ctl/time_text.hpp"

namespace redoubt::ctl {

/// For people, with a newline at the end.
[[nodiscard]] std::string indented(const boost::json::value& value);

/// RFC 3339; null for 0.
[[nodiscard]] boost::json::value time_value(UnixTime time);

/// A container may write any bytes, JSON holds only UTF-8: what is none becomes U+FFFD.
[[nodiscard]] std::string as_utf8(std::string_view text);

template <class Strings>
[[nodiscard]] boost::json::array strings_value(const Strings& strings) {
    boost::json::array array;
    for (const auto& item : strings) array.emplace_back(item);
    return array;
}

/// Sorted, so that the same container always prints the same.
template <class Map>
[[nodiscard]] boost::json::object map_value(const Map& map) {
    const std::map<std::string, std::string> sorted(map.begin(), map.end());
    boost::json::object object;
    for (const auto& [key, value] : sorted) object[key] = value;
    return object;
}

} // namespace redoubt::ctl
