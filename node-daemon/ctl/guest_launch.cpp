// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/guest_launch.hpp"

#include <algorithm>
#include <filesystem>
#include <format>

#include "common/base/file.hpp"
#include "common/encoding/hex.hpp"
#include "common/initdata/initdata_disk.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/launch/confidential_plan.hpp"
#include "node-daemon/launch/pod_plan.hpp"
#include "node-daemon/tee/expected_measurement.hpp"
#include "node-daemon/tee/tdx/launch_registers.hpp"

namespace redoubt::ctl {
namespace {

namespace fs = std::filesystem;
namespace launch = node::launch;

constexpr auto k_snp_firmware = "/usr/share/ovmf/OVMF.amdsev.fd";
constexpr auto k_tdx_firmware = "/usr/lib/redoubt/guest/OVMF.inteltdx.fd";
/// Neither is measured, and both have to be something.
constexpr auto k_no_folder = "/run/redoubt/vm/measured";
constexpr auto k_no_socket = "/run/redoubt-simtee/simtee.sock";

std::string firmware_of(const GuestMachine& machine) {
    if (!machine.firmware.empty()) return machine.firmware;
    return machine.processor == "tdx" ? k_tdx_firmware : k_snp_firmware;
}

launch::NodeFacts facts_of(const GuestMachine& machine) {
    launch::NodeFacts facts;
    facts.confidential_initramfs = fs::absolute(machine.initrd);
    facts.kernel = fs::absolute(machine.kernel);
    facts.default_vcpus = machine.vcpus;
    facts.accelerator = launch::Accelerator::kvm;
    const fs::path firmware = fs::absolute(firmware_of(machine));
    if (machine.processor == "sev-snp")
        facts.confidential.snp = launch::SnpMeans{.firmware = firmware, .cpu_model = machine.cpu_model};
    if (machine.processor == "tdx") facts.confidential.tdx = launch::TdxMeans{.firmware = firmware};
    if (machine.processor == "simulation") {
        facts.confidential.simulator = k_no_socket;
        facts.accelerator = launch::Accelerator::tcg;
        facts.tsc_khz = machine.tsc_khz;
    }
    return facts;
}

Result<std::optional<ManifestPod>> read_pod(const MeasureOptions& options) {
    if (options.manifest.empty()) return std::optional<ManifestPod>();
    RDT_TRY(auto text, read_file(options.manifest));
    RDT_TRY(auto pods, parse_manifests({{options.manifest, std::move(text)}}));
    std::string names;
    for (auto& pod : pods) {
        if (pod.spec.name() == options.pod || (options.pod.empty() && pods.size() == 1))
            return std::optional(std::move(pod));
        names += (names.empty() ? "" : ", ") + pod.spec.name();
    }
    if (names.empty()) return fail(Code::invalid_argument, "{}: no pod in it", options.manifest);
    return fail(Code::invalid_argument, "{}: choose one pod by --pod: {}", options.manifest, names);
}

/// The text: of the file, or of the pod's annotation; empty when there is none.
Result<std::string> read_initdata(const MeasureOptions& options, const std::optional<ManifestPod>& pod) {
    if (!options.initdata.empty()) {
        RDT_TRY(auto bytes, read_file(options.initdata, initdata::k_max_disk));
        return initdata::read_delivered(std::move(bytes));
    }
    if (!pod) return std::string();
    const auto& annotations = pod->spec.annotations();
    const auto found = annotations.find(std::string(initdata::k_annotation));
    if (found == annotations.end()) return std::string();
    return initdata::read_annotation(found->second);
}

/// Stands in where there is none: what is measured does not depend on it.
constexpr auto k_nothing = "version = '0.1.0'\nalgorithm = 'sha384'\n[data]\n";

Result<launch::VmSpec> plan(const GuestLaunch& wanted, const launch::NodeFacts& facts,
                            const std::string& initdata) {
    launch::PodPlanRequest request;
    request.sandbox = SandboxId("measured");
    request.runtime_directory = k_no_folder;
    request.node = facts;
    if (wanted.manifest)
        for (const auto& container : wanted.manifest->containers)
            request.members.push_back({container.spec.memory_bytes(), container.spec.cpus()});
    RDT_TRY(request.initdata, initdata::make_annotation(initdata.empty() ? k_nothing : initdata));
    RDT_TRY(auto made, launch::make_pod_plan(request));
    return std::move(made.vm);
}

Result<std::vector<MeasuredValue>> measure_vm(const launch::VmSpec& vm, const GuestMachine& machine,
                                              const std::string& firmware) {
    const node::tee::MeasuredPlatform platform{.firmware = firmware, .cpu_model = machine.cpu_model};
    RDT_TRY(auto measurement, node::tee::expected_measurement(vm, platform));
    if (machine.processor != "tdx")
        return std::vector<MeasuredValue>{{"snp_launch_measurement", std::move(measurement)}};
    RDT_TRY(auto registers, node::tee::tdx::launch_registers_of(vm, firmware));
    return std::vector<MeasuredValue>{{"mr_td", std::move(measurement)},
                                      {"rtmr1", std::move(registers.rtmr1)},
                                      {"rtmr2", std::move(registers.rtmr2)}};
}

} // namespace

Result<GuestLaunch> plan_guest_launch(const MeasureOptions& options) {
    GuestLaunch out;
    RDT_TRY(out.manifest, read_pod(options));
    if (out.manifest) {
        out.pod = out.manifest->spec.name();
        if (const auto& runtime = out.manifest->spec.runtime(); runtime != "confidential")
            print_warning(std::format("pod '{}' has no runtimeClassName of the level confidential", out.pod));
    }
    RDT_TRY(const auto text, read_initdata(options, out.manifest));
    if (!text.empty()) {
        RDT_TRY(out.initdata, initdata::Initdata::parse(text));
    }
    out.firmware = fs::absolute(firmware_of(options.machine)).native();
    RDT_TRY(out.vm, plan(out, facts_of(options.machine), text));
    if (options.machine.processor == "simulation" && options.machine.tsc_khz == 0)
        print_warning("a simulation's command line has the host's TSC frequency: without --tsc-khz the "
                      "measurement is of no host under emulation");
    RDT_TRY(out.values, measure_vm(out.vm, options.machine, out.firmware));
    return out;
}

} // namespace redoubt::ctl
