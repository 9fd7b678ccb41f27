// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/tee/event_log/log_claims.hpp"
#include "common/tee/evidence/pe_image.hpp"

/// Any bytes are refused, or give a log whose replay is the same each time.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::tee;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    for (const auto& log : {parse_event_log(bytes), parse_json_event_log(bytes)}) {
        if (!log) continue;
        if (log->bytes_used > size) std::abort();
        for (const Hash bank : log->banks) {
            const auto registers = replay(*log, bank);
            Explanation explanation;
            if (registers) check_log(explanation, *log, bank, *registers);
            if (registers && !registers->empty() && explanation.has_failed(Stage::crypto)) std::abort();
        }
        (void)log_json(*log);
        (void)events_json(*log);
    }
    if (const auto image = parse_pe_image(bytes)) (void)authenticode_hash(*image, Hash::sha256);
    return 0;
}
