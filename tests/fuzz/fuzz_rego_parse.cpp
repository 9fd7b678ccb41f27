// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "common/rego/syntax/parser.hpp"

/// Any text is parsed, as v1 and as v0, or refused with a code and a place inside it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::rego;
    const std::vector<Source> sources = {
        {"fuzz.rego", std::string(reinterpret_cast<const char*>(data), size)}};
    for (const RegoVersion version : {RegoVersion::v1, RegoVersion::v0}) {
        const auto module = parse_module(sources, 0, version);
        if (!module && (module.error().row == 0 || module.error().message.empty())) std::abort();
    }
    (void)parse_query(sources, 0);
    return 0;
}
