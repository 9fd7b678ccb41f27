// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launch/confidential_plan.hpp"

#include "common/initdata/image_settings.hpp"
#include "common/initdata/initdata.hpp"
#include "common/initdata/initdata_disk.hpp"

namespace redoubt::node::launch {
namespace {

using initdata::Initdata;

// Both are words of their own on a measured command line. Source: docs/adr/0027, docs/formats/simtee.md.
constexpr auto k_level_mark = " redoubt.confidential=1";
constexpr auto k_simulator_mark = " redoubt.simtee=1";

// Behind the disks of layers and of volumes: the guest finds it by what is on it.
constexpr std::uint32_t k_initdata_lun = 255;

/// The processor that the node has, and what of the initdata its launch is bound to. Which paths, and which
/// numbers of the host's processor, is the node's to say.
Result<ConfidentialLaunch> choose_processor(const NodeFacts& node, const LaunchPlan& plan,
                                            const Initdata& initdata) {
    const auto& means = node.confidential;
    if (!means.has_processor())
        return fail(Code::failed_precondition, "vm {}: there is no secure processor", plan.vm.id);
    if (means.is_simulation())
        return SimulatedLaunch{.simulator = means.simulator,
                               .host_data = initdata.host_data(),
                               .firmware = means.simulator_firmware};
    if (node.accelerator != Accelerator::kvm)
        return fail(Code::failed_precondition,
                    "vm {}: this node has a secure processor, but KVM cannot be used", plan.vm.id);
    if (means.snp)
        return SnpLaunch{.host_data = initdata.host_data(),
                         .firmware = means.snp->firmware,
                         .cpu_model = means.snp->cpu_model,
                         .c_bit = means.snp->c_bit,
                         .reduced_phys_bits = means.snp->reduced_phys_bits};
    return TdxLaunch{.mr_config_id = initdata.mr_config_id(),
                     .firmware = means.tdx->firmware,
                     .quote_service_port = means.tdx->quote_service_port};
}

Result<std::string> read_text(std::string_view annotation) {
    if (!annotation.empty()) return initdata::read_annotation(annotation);
    return fail(
        Code::invalid_argument,
        "runtime 'confidential' needs initdata, without which its guest denies everything: give it with "
        "--initdata FILE, or in the pod's annotation {}",
        initdata::k_annotation);
}

} // namespace

std::string initdata_of(const std::map<std::string, std::string>& annotations) {
    const auto found = annotations.find(std::string(initdata::k_annotation));
    return found == annotations.end() ? "" : found->second;
}

Status check_initdata(std::string_view annotation) {
    RDT_TRY(const auto text, read_text(annotation));
    RDT_CHECK(Initdata::parse(text));
    return {};
}

bool has_signature_policy(std::string_view annotation) {
    const auto read = [&]() -> Result<bool> {
        RDT_TRY(const auto text, read_text(annotation));
        RDT_TRY(const auto initdata, Initdata::parse(text));
        RDT_TRY(const auto settings, initdata::parse_image_settings(initdata));
        return settings.has_policy();
    };
    return read().value_or(false);
}

Status make_confidential(const NodeFacts& node, std::string_view annotation, LaunchPlan& plan) {
    RDT_TRY(const auto text, read_text(annotation));
    RDT_TRY(const auto initdata, Initdata::parse(text));
    RDT_TRY(auto processor, choose_processor(node, plan, initdata));
    RDT_TRY(plan.initdata_disk, initdata::make_disk(text));
    plan.initdata_digest = initdata.digest().str();
    plan.vm.level = IsolationLevel::confidential;
    plan.vm.initramfs = node.confidential_initramfs;
    plan.vm.cmdline += k_level_mark;
    if (is_simulated(processor)) plan.vm.cmdline += k_simulator_mark;
    plan.vm.confidential = std::move(processor);
    plan.vm.has_relay = node.confidential.has_relay;
    plan.vm.disks.push_back({.id = "initdata",
                             .file = plan.vm.runtime_directory / k_initdata_file,
                             .read_only = true,
                             .lun = k_initdata_lun});
    return {};
}

} // namespace redoubt::node::launch
