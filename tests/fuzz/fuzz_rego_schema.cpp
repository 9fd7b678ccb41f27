// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// A schema and a document, a line each, as JSON.
#include <cstdint>
#include <string_view>

#include "common/rego/builtins/json_schema.hpp"
#include "common/rego/value/json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::rego;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::size_t middle = input.find('\n');
    if (middle == std::string_view::npos) return 0;
    Arena arena(16U << 20U);
    CacheSlots lasting;
    CacheSlots query;
    BuiltinContext context(arena, lasting, query);
    context.set_steps_left(200'000);
    const auto schema = parse_json(arena, input.substr(0, middle));
    const auto document = parse_json(arena, input.substr(middle + 1));
    if (!schema || !document || !check_schema(context, *schema).empty()) return 0;
    (void)match_schema(context, *schema, *document);
    return 0;
}
