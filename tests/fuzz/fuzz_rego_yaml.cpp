// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// What reads as YAML can be written, and reads back as the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/rego/builtins/yaml.hpp"
#include "common/rego/value/json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::rego;
    Arena arena;
    const auto value = parse_yaml(arena, {reinterpret_cast<const char*>(data), size});
    if (!value) return 0;
    const std::string text = render_yaml(*value);
    const auto again = parse_yaml(arena, text);
    if (!again) std::abort();
    return 0;
}
