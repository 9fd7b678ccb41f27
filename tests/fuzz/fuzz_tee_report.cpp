// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/tee/sev_snp/cert_table.hpp"
#include "common/tee/sev_snp/firmware.hpp"
#include "common/tee/sev_snp/id_block.hpp"
#include "common/tee/sev_snp/render.hpp"

/// Any bytes are refused or shown; a report that nobody signed is never believed. Certificate tables and
/// firmware images are read from the same bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::tee;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto report = sev_snp::parse_report(bytes);
    if (report) {
        (void)sev_snp::report_json(*report, sev_snp::Product::turin);
        (void)sev_snp::broken_reserved_fields(*report);
        static const auto k_authorities = sev_snp::production_authorities();
        if (sev_snp::verify_report(bytes, {}, *k_authorities, {}, {}).verified) std::abort();
    }
    (void)sev_snp::parse_cert_table(bytes);
    (void)sev_snp::parse_firmware(bytes);
    if (size > 96) (void)sev_snp::verify_id_block(bytes.substr(0, 96), bytes.substr(96));
    return 0;
}
