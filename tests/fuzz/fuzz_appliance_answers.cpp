// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// What an installation is told, and the manifest of a payload: texts of a medium that anybody may have
/// written.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/appliance/answers.hpp"
#include "common/appliance/manifest.hpp"

using namespace redoubt;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto answers = appliance::parse_answers(text, "answers.toml")) {
        // What was accepted says nothing to systemd-networkd that is not an answer.
        for (const auto& address : answers->addresses) {
            if (address.contains('\n')) std::abort();
        }
        if (appliance::render_network(*answers).empty()) std::abort();
    }
    if (const auto manifest = appliance::parse_manifest(text)) {
        for (const auto& file : manifest->files) {
            if (file.name.contains('/')) std::abort();
        }
    }
    return 0;
}
