// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/encoding/yaml.hpp"

namespace {

/// Touches all of it.
void walk(const redoubt::yaml::Node& node) {
    if (node.line == 0) std::abort();
    static_cast<void>(redoubt::yaml::meaning_of(node));
    for (const auto& item : node.items) walk(item);
    for (const auto& member : node.members) walk(member.value);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto documents = redoubt::yaml::parse("input", text);
    if (documents)
        for (const auto& document : *documents) walk(document);
    return 0;
}
