// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// Patterns of all kinds, matched with a text: a line each of builtin, pattern, text.
#include <array>
#include <cstdint>
#include <string_view>

#include "common/rego/builtins/registry.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::rego;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::size_t middle = input.find('\n');
    if (middle == std::string_view::npos || middle == 0) return 0;
    const BuiltinRegistry registry = all_builtins();
    Arena arena(16U << 20U);
    CacheSlots lasting;
    CacheSlots query;
    BuiltinContext context(arena, lasting, query);
    context.set_steps_left(1'000'000);
    const Value pattern = make_string(arena, input.substr(1, middle - 1));
    const Value text = make_string(arena, input.substr(middle + 1));
    const auto call = [&](std::string_view name, std::initializer_list<Value> operands) {
        const Builtin* builtin = registry.find(name);
        (void)call_builtin(*builtin, context, {operands.begin(), operands.size()});
    };
    switch (input[0] % 6) {
    case 0: call("regex.match", {pattern, text}); break;
    case 1: call("regex.split", {pattern, text}); break;
    case 2: call("regex.find_all_string_submatch_n", {pattern, text, Value::integer(-1)}); break;
    case 3: call("regex.replace", {text, pattern, pattern}); break;
    case 4: call("glob.match", {pattern, Value::empty_array(), text}); break;
    default: call("sprintf", {pattern, make_array(arena, std::array{text, Value::integer(42), text})}); break;
    }
    return 0;
}
