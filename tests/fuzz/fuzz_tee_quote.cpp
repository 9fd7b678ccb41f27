// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/tee/tdx/launch_measurement.hpp"
#include "common/tee/tdx/render.hpp"

/// Any bytes are refused or shown; a quote without collateral is never believed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::tee;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto quote = tdx::parse_quote(bytes);
    if (quote) {
        if (quote->signed_bytes.size() + 4 + quote->signature_size + quote->trailing != size) std::abort();
        const auto verdict = tdx::verify_quote(bytes, {}, {}, {}, {});
        if (verdict.verified) std::abort();
        (void)tdx::verdict_json(verdict);
    }
    (void)tdx::parse_local_report(bytes);
    (void)tdx::parse_tdvf(bytes);
    return 0;
}
