// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/rego/value/json.hpp"

/// Any text is refused, or gives a value whose text reads back as an equal value.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::rego;
    Arena arena(64U << 20U);
    const auto value = parse_json(arena, {reinterpret_cast<const char*>(data), size});
    if (!value) return 0;
    for (const JsonStyle style : {JsonStyle::compact, JsonStyle::html_escaped}) {
        const auto again = parse_json(arena, render_json(*value, style));
        if (!again || !(*again == *value) || again->hash() != value->hash() || compare(*again, *value) != 0)
            std::abort();
    }
    const Value copy = copy_value(arena, *value);
    if (!(copy == *value) || render_json_pretty(copy) != render_json_pretty(*value)) std::abort();
    return 0;
}
