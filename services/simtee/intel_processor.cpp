// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/simtee/intel_processor.hpp"

#include <utility>

#include "common/tee/event_log/runtime_events.hpp"
#include "common/tee/evidence/hash.hpp"
#include "common/tee/evidence/pe_image.hpp"
#include "common/tee/tdx/launch_measurement.hpp"
#include "common/tee/tdx/pck.hpp"

namespace redoubt::services::simtee {

/// One guest of an IntelProcessor.
class IntelGuest final : public LaunchedGuest {
  public:
    IntelGuest(const IntelProcessor& processor, TdFields fields)
        : processor_(processor), fields_(std::move(fields)) {}

    [[nodiscard]] std::string_view provider() const override { return "tdx_guest"; }
    [[nodiscard]] tee::simtee_link::Kind kind() const override { return tee::simtee_link::Kind::quote; }
    [[nodiscard]] std::string measurement() const override { return fields_.mr_td; }
    [[nodiscard]] Result<Evidence> prove(const std::string& report_data,
                                         std::uint32_t /*privlevel*/) const override {
        auto fields = fields_;
        fields.report_data = report_data;
        const auto& parts = processor_.parts_;
        const Quoter quoter{.pck = &parts.pck.key,
                            .pck_chain = processor_.pck_chain_,
                            .attestation_key = &parts.attestation_key};
        RDT_TRY(auto quote, make_quote(quoter, render_td_report(fields)));
        return Evidence{std::move(quote), {}};
    }
    Status extend(std::uint32_t rtmr, const std::string& digest) override {
        if (rtmr != tee::k_runtime_rtmr)
            return fail(Code::invalid_argument, "a guest extends RTMR{} and not RTMR{}", tee::k_runtime_rtmr,
                        rtmr);
        auto& value = fields_.rtmr[tee::k_runtime_rtmr];
        value.resize(tee::size_of(tee::Hash::sha384), '\0');
        RDT_TRY(value, tee::hash_of(tee::Hash::sha384, {value, digest}));
        return {};
    }

  private:
    const IntelProcessor& processor_;
    TdFields fields_; ///< what the launch decided, and what was extended since
};

Result<std::unique_ptr<IntelProcessor>> IntelProcessor::make(IntelParts parts) {
    std::unique_ptr<IntelProcessor> processor(new IntelProcessor(std::move(parts)));
    const auto& own = processor->parts_;
    RDT_CHECK(tee::tdx::parse_pck(own.pck.certificate).transform([](const auto&) {}));
    RDT_TRY(processor->mr_td_, tee::tdx::mrtd_of(own.firmware, tee::tdx::PageOrder::two_passes));
    for (const auto* certificate : {&own.pck.certificate, &own.authority, &own.root}) {
        RDT_TRY(const auto pem, pem_of(*certificate));
        processor->pck_chain_ += pem;
    }
    return processor;
}

Result<std::unique_ptr<LaunchedGuest>> IntelProcessor::launch(const Launch& launch,
                                                              const BootFiles& files) const {
    RDT_TRY(const auto image, tee::parse_pe_image(files.kernel).transform_error(context("kernel")));
    RDT_TRY(const auto kernel_hash, tee::authenticode_hash(image, tee::Hash::sha384));
    TdFields fields;
    fields.mr_td = mr_td_;
    fields.mr_config_id = launch.config_digest;
    RDT_TRY(fields.rtmr[1], tee::tdx::rtmr1_of(kernel_hash, tee::tdx::SeparatorPlace::rtmr1));
    RDT_TRY(fields.rtmr[2], tee::tdx::rtmr2_of(launch.cmdline, files.initrd));
    return std::make_unique<IntelGuest>(*this, std::move(fields));
}

} // namespace redoubt::services::simtee
