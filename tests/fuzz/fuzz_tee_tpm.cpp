// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/tee/tpm/render.hpp"

/// Any bytes are refused or shown.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::tee;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (const auto attest = tpm::parse_attest(bytes)) (void)tpm::attest_json(*attest);
    if (const auto area = tpm::parse_public(bytes)) (void)tpm::public_json(*area);
    (void)tpm::parse_signature(bytes, 256);
    (void)tpm::parse_pcr_values(bytes);
    return 0;
}
