// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/simtee/amd_processor.hpp"

#include <utility>

#include "common/tee/sev_snp/endorsement.hpp"
#include "common/tee/sev_snp/launch_digest.hpp"

namespace redoubt::services::simtee {
namespace {

constexpr std::size_t k_report_id_size = 32;

/// The model of the command where a launch could have it: emulated and host CPUs have no signature of their
/// own there.
Result<std::uint32_t> signature_for(const Launch& launch, const std::string& otherwise) {
    if (const auto known = tee::sev_snp::signature_of_cpu(launch.cpu_model)) return *known;
    return tee::sev_snp::signature_of_cpu(otherwise);
}

} // namespace

/// One guest of an AmdProcessor.
class AmdGuest final : public LaunchedGuest {
  public:
    AmdGuest(const AmdProcessor& processor, ReportFields fields)
        : processor_(processor), fields_(std::move(fields)) {}

    [[nodiscard]] std::string_view provider() const override { return "sev_guest"; }
    [[nodiscard]] tee::simtee_link::Kind kind() const override { return tee::simtee_link::Kind::report; }
    [[nodiscard]] std::string measurement() const override { return fields_.measurement; }
    [[nodiscard]] Result<Evidence> prove(const std::string& report_data,
                                         std::uint32_t privlevel) const override {
        auto fields = fields_;
        fields.report_data = report_data;
        fields.vmpl = privlevel;
        RDT_TRY(auto report, sign_report(render_report(fields), processor_.parts_.vcek.key));
        return Evidence{std::move(report), processor_.cert_table_};
    }
    Status extend(std::uint32_t /*rtmr*/, const std::string& /*digest*/) override {
        return fail(Code::unimplemented, "an SEV-SNP guest has no runtime registers");
    }

  private:
    const AmdProcessor& processor_;
    ReportFields fields_; ///< what the launch decided
};

Result<std::unique_ptr<AmdProcessor>> AmdProcessor::make(AmdParts parts) {
    std::unique_ptr<AmdProcessor> processor(new AmdProcessor(std::move(parts)));
    const auto& own = processor->parts_;
    RDT_TRY(processor->firmware_, tee::sev_snp::parse_firmware(own.firmware));
    RDT_TRY(processor->firmware_digest_, tee::sev_snp::firmware_digest(own.firmware));
    RDT_CHECK(tee::sev_snp::signature_of_cpu(own.cpu_model).transform([](auto) {}));
    RDT_TRY(const auto endorsement, tee::sev_snp::parse_endorsement(own.vcek.certificate));
    if (endorsement.hwid.empty()) return fail(Code::invalid_argument, "the VCEK names no chip");
    processor->chip_id_ = endorsement.hwid;
    processor->cert_table_ = render_cert_table({{k_vcek_guid, own.vcek.certificate.der()},
                                                {k_ask_guid, own.signer.der()},
                                                {k_ark_guid, own.root.der()}});
    return processor;
}

Result<std::unique_ptr<LaunchedGuest>> AmdProcessor::launch(const Launch& launch,
                                                            const BootFiles& files) const {
    tee::sev_snp::LaunchInputs inputs;
    inputs.firmware_seed = firmware_digest_;
    inputs.firmware = firmware_;
    RDT_TRY(inputs.kernel, tee::sev_snp::hash_kernel(files.kernel, files.initrd, launch.cmdline));
    inputs.vcpus = launch.vcpus;
    RDT_TRY(inputs.vcpu_signature, signature_for(launch, parts_.cpu_model));
    ReportFields fields;
    fields.chip_id = chip_id_;
    RDT_TRY(fields.measurement, tee::sev_snp::launch_digest(inputs));
    fields.host_data = launch.config_digest;
    RDT_TRY(fields.report_id, crypto::random_bytes(k_report_id_size));
    return std::make_unique<AmdGuest>(*this, std::move(fields));
}

} // namespace redoubt::services::simtee
