// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/attester/tdx/tdx_evidence.hpp"

#include <cstdint>

#include "common/base/file.hpp"
#include "common/encoding/base64.hpp"
#include "common/tee/event_log/runtime_events.hpp"
#include "common/tee/tdx/quote.hpp"

namespace redoubt::guest::attester::tdx {
namespace {

namespace bj = boost::json;

constexpr const char* k_log = "/sys/firmware/acpi/tables/data/CCEL";
constexpr std::uint64_t k_max_log = 1U << 20U;

} // namespace

Result<Evidence> read_tdx_evidence(const RawEvidence& raw, std::string_view runtime_records) {
    return read_tdx_evidence_with(raw, runtime_records, k_log);
}

Result<Evidence> read_tdx_evidence_with(const RawEvidence& raw, std::string_view runtime_records,
                                        const std::filesystem::path& log) {
    RDT_TRY(const auto quote, tee::tdx::parse_quote(raw.outblob));
    if (!quote.td) return fail(Code::invalid_argument, "the quote is not of a TD");
    Evidence evidence{
        .tee = "tdx", .json = {}, .report_data = quote.td->report_data, .init_data = quote.td->mr_config_id};
    evidence.json["quote"] = encoding::to_base64(raw.outblob);
    evidence.json["cc_eventlog"] = nullptr;
    auto events = read_file(log, k_max_log);
    // Firmware without a log is the broker's to judge: it has the registers.
    if (!events && events.error().code != Code::not_found) return std::unexpected(events.error());
    if (!runtime_records.empty()) {
        RDT_TRY(events, tee::append_records(events ? *events : std::string(), runtime_records)
                            .transform_error(context("{}", log.native())));
    }
    if (events) evidence.json["cc_eventlog"] = encoding::to_base64(*events);
    return evidence;
}

} // namespace redoubt::guest::attester::tdx
