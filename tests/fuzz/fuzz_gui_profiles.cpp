// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// A file of connections: what is accepted is written and read again as the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gui/backend/profile_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::gui;
    const auto profiles = parse_profiles({reinterpret_cast<const char*>(data), size});
    if (!profiles) return 0;
    const auto again = parse_profiles(render_profiles(*profiles));
    if (!again || *again != *profiles) std::abort();
    return 0;
}
