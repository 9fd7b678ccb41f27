// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/attester/attester.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "guest-image/attester/sev_snp/snp_evidence.hpp"
#include "guest-image/attester/tdx/tdx_evidence.hpp"

namespace redoubt::guest::attester {
namespace {

struct Tee {
    std::string_view provider;
    Result<Evidence> (*read)(const RawEvidence&, std::string_view);
};

/// Of a report there is no log: nothing was ever noted for it.
Result<Evidence> read_snp(const RawEvidence& raw, std::string_view /*runtime_records*/) {
    return sev_snp::read_snp_evidence(raw);
}

constexpr std::array<Tee, 2> k_tees = {{{"sev_guest", read_snp}, {"tdx_guest", tdx::read_tdx_evidence}}};

} // namespace

Result<Evidence> read_evidence(const RawEvidence& raw, std::string_view runtime_records) {
    const auto* const tee = std::ranges::find(k_tees, raw.provider, &Tee::provider);
    if (tee == k_tees.end())
        return fail(Code::unimplemented, "evidence of '{}', which this agent does not know",
                    raw.provider.substr(0, 40));
    return tee->read(raw, runtime_records);
}

Task<Evidence> Attester::attest(std::string bound) {
    if (bound.size() > k_report_data_size)
        co_return fail(Code::invalid_argument, "{} bytes to be bound, where {} have room", bound.size(),
                       k_report_data_size);
    bound.resize(k_report_data_size, '\0');
    const auto guard = co_await turn_.lock();
    RDT_CO_TRY(const auto raw, co_await device_->evidence_over(bound));
    RDT_CO_TRY(auto evidence, read_evidence(raw, runtime_records_));
    if (evidence.report_data != bound)
        co_return fail(Code::aborted, "the evidence is over other bytes than were asked for");
    co_return evidence;
}

Task<> Attester::note(tee::RuntimeEvent event) {
    RDT_CO_TRY(auto measured, tee::measure_event(event));
    const auto guard = co_await turn_.lock();
    if (runtime_events_ == k_max_runtime_events ||
        measured.record.size() > k_max_runtime_records - runtime_records_.size())
        co_return fail(Code::resource_exhausted, "this guest's log of events is full: {} events, {} bytes",
                       runtime_events_, runtime_records_.size());
    RDT_CO_CHECK(co_await device_->extend(tee::k_runtime_rtmr, std::move(measured.digest)));
    runtime_records_ += measured.record;
    ++runtime_events_;
    co_return Status();
}

} // namespace redoubt::guest::attester
