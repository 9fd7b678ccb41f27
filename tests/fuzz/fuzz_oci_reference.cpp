// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// A reference that parses prints as itself and parses again to the same value.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/oci/reference.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto reference = redoubt::oci::parse_reference(text);
    if (!reference) return 0;
    if (reference->str() != text || redoubt::oci::parse_reference(reference->str()) != reference)
        std::abort();
    return 0;
}
