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
    if (node.confidential.simulator.empty())
        return fail(Code::failed_precondition, "vm {}: there is no secure processor", plan.vm.id);
    RDT_TRY(const auto text, read_text(annotation));
    RDT_TRY(const auto initdata, Initdata::parse(text));
    RDT_TRY(plan.initdata_disk, initdata::make_disk(text));
    plan.initdata_digest = initdata.digest().str();
    plan.vm.level = IsolationLevel::confidential;
    plan.vm.initramfs = node.confidential_initramfs;
    plan.vm.cmdline += k_level_mark;
    plan.vm.cmdline += k_simulator_mark;
    plan.vm.confidential =
        SimulatedLaunch{.simulator = node.confidential.simulator, .host_data = initdata.host_data()};
    plan.vm.has_relay = node.confidential.has_relay;
    plan.vm.disks.push_back({.id = "initdata",
                             .file = plan.vm.runtime_directory / k_initdata_file,
                             .read_only = true,
                             .lun = k_initdata_lun});
    return {};
}

} // namespace redoubt::node::launch
