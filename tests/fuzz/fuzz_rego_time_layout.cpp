// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// A time shown in a layout, and read by it; layouts and values are anything.
#include <cstdint>
#include <string_view>

#include "common/rego/builtins/time_layout.hpp"
#include "common/rego/builtins/time_zone.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::rego;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::size_t middle = text.find('\n');
    const std::string_view layout = text.substr(0, middle);
    const std::string_view value = middle == std::string_view::npos ? layout : text.substr(middle + 1);
    (void)parse_time(layout, value);
    (void)parse_duration(value);
    const ZonedTime time{civil_from_seconds(static_cast<std::int64_t>(size) * 86'399'999, 123'456'789),
                         -19'800, "X"};
    (void)parse_time(layout, render_time(time, layout));
    if (const auto zone = TimeZone::parse(text)) {
        for (const std::int64_t moment :
             {std::int64_t{0}, std::int64_t{-9'000'000'000}, std::int64_t{9'000'000'000}})
            (void)zone->moment_of(moment);
    }
    return 0;
}
