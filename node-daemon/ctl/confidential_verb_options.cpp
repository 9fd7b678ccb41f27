// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/verb_options.hpp"

namespace redoubt::ctl {
namespace {

void declare_launch(CLI::App* verb, MeasureOptions& options) {
    const auto add = [verb](const std::string& name, std::string& value, const std::string& help,
                            const std::string& type) {
        verb->add_option(name, value, help)->type_name(type);
    };
    auto& machine = options.machine;
    verb->add_option("--processor", machine.processor, "What the guest is launched on")
        ->check(CLI::IsMember({"sev-snp", "tdx", "simulation"}))
        ->option_text("sev-snp|tdx|simulation [sev-snp]");
    add("--firmware", machine.firmware, "Measured firmware; default the packages' for that processor",
        "FILE");
    add("--kernel", machine.kernel, "Guest kernel; default that of redoubt-guest", "FILE");
    add("--initrd", machine.initrd, "Its initramfs; default that of redoubt-guest", "FILE");
    add("--cpu-model", machine.cpu_model, "Of sev-snp and simulation; default EPYC-v4", "NAME");
    verb->add_option("--default-cpus", machine.vcpus, "The node's sandbox.default_vcpus; default 1")
        ->type_name("NUMBER");
    verb->add_option("--tsc-khz", machine.tsc_khz,
                     "Of a simulation under emulation: the host's,\nas 'inspect' shows it in kernel_cmdline")
        ->type_name("NUMBER");
    add("--initdata", options.initdata, "In place of the pod's annotation", "FILE");
    add("--pod", options.pod, "Which pod, of a manifest with several", "NAME");
}

} // namespace

void declare_confidential_verbs(CLI::App& app, ParseState& state) {
    auto& confidential = state.confidential;
    CLI::App* measure = add_verb(app, state, "measure", "Compute what a confidential pod's launch measures");
    measure->add_option("MANIFEST", confidential.measure.manifest,
                        "Kubernetes manifest; without it a VM of the default size");
    declare_launch(measure, confidential.measure);
    state.take[measure] = [&state]() -> Verb { return state.confidential.measure; };

    CLI::App* group = app.add_subcommand("confidential", "Confidential pods: explain");
    group->set_help_flag("--help", "Show this help");
    CLI::App* explain =
        add_verb(*group, state, "explain",
                 "Say what of a pod is measured, authorised, released and refused, before it runs");
    explain->add_option("MANIFEST", confidential.explain.launch.manifest, "Kubernetes manifest")->required();
    declare_launch(explain, confidential.explain.launch);
    add_repeated(*explain, "--image", confidential.explain.images,
                 "OCI layout of an image: whose keys its layers need")
        ->type_name("NAME=FOLDER");
    state.take[explain] = [&state]() -> Verb { return state.confidential.explain; };
}

} // namespace redoubt::ctl
