// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/tee/az_vtpm/hcl_report.hpp"

/// Any bytes are refused or are a report of Azure's paravisor; without collateral it vouches for no key.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::tee;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto report = az_vtpm::parse_hcl_report(bytes);
    if (!report) return 0;
    if (report->user_data.size() > 64 || !bytes.contains(report->runtime_data)) std::abort();
    const auto snp = az_vtpm::verify_snp(*report, {}, {}, {}, {});
    const auto tdx = az_vtpm::verify_tdx(*report, report->hardware_report, {}, {}, {}, {});
    if (snp.attestation_key || tdx.attestation_key || tdx.verified) std::abort();
    return 0;
}
