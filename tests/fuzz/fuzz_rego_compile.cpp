// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "common/rego/engine.hpp"

/// Any text is compiled, as v1 and as v0, strictly and not, or refused with something to say.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::rego;
    const std::string text(reinterpret_cast<const char*>(data), size);
    for (const RegoVersion version : {RegoVersion::v1, RegoVersion::v0}) {
        EngineOptions options;
        options.compile.version = version;
        options.compile.keep_prints = version == RegoVersion::v1;
        options.compile.strictness = version == RegoVersion::v1 ? Strictness::normal : Strictness::strict;
        const auto engine = Engine::build({{"fuzz.rego", text}}, std::move(options));
        if (!engine && engine.error().empty()) std::abort();
    }
    return 0;
}
