// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <format>

#include "common/agent_policy/settings.hpp"
#include "common/base/file.hpp"
#include "common/encoding/base64.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/policy_images.hpp"
#include "node-daemon/ctl/policy_workload.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {
namespace {

Result<std::vector<ManifestFile>> read_manifests(const PolicyGenerateOptions& options) {
    std::vector<std::string> names = options.manifests;
    names.insert(names.end(), options.config_maps.begin(), options.config_maps.end());
    std::vector<ManifestFile> files;
    for (const auto& name : names) {
        RDT_TRY(auto text, read_file(name));
        files.push_back({name, std::move(text)});
    }
    return files;
}

/// A policy is one workload's: the one asked for, or the only one.
Result<agent_policy::Workload> choose(std::vector<agent_policy::Workload> workloads,
                                      const std::string& name) {
    std::string names;
    std::vector<agent_policy::Workload> chosen;
    for (auto& workload : workloads) {
        names += (names.empty() ? "" : ", ") + workload.name;
        if (name.empty() || workload.name == name) chosen.push_back(std::move(workload));
    }
    if (chosen.size() == 1) return std::move(chosen.front());
    if (names.empty()) return fail(Code::invalid_argument, "no workload in these manifests");
    return fail(Code::invalid_argument, "choose one workload by --workload: {}", names);
}

} // namespace

Result<int> policy_generate(const Invocation& invocation) {
    const auto& options = std::get<PolicyGenerateOptions>(invocation.verb);
    std::string changes;
    if (!options.settings.empty()) {
        RDT_TRY(changes, read_file(options.settings));
    }
    const auto node =
        options.node == "redoubt" ? agent_policy::NodeKind::redoubt : agent_policy::NodeKind::kata;
    RDT_TRY(const auto settings, agent_policy::read_settings(changes, node));
    RDT_TRY(const auto gpus, settings.root()["gpu"]["resources"].strings());
    RDT_TRY(const auto files, read_manifests(options));
    RDT_TRY(auto workloads, parse_policy_workloads(files, gpus));
    RDT_TRY(const auto workload, choose(std::move(workloads), options.workload));
    RDT_TRY(const auto images, load_policy_images(options.image_configs));
    RDT_TRY(const auto policy, agent_policy::generate_policy(workload, images, settings.root())
                                   .transform_error(context("{} '{}'", workload.kind, workload.name)));
    for (const auto& warning : policy.warnings) print_warning(warning);
    std::string text = invocation.json ? policy.data + "\n" : policy.text;
    if (options.base64) text = encoding::to_base64(text) + "\n";
    if (options.output.empty()) {
        RDT_CHECK(print(text));
    } else {
        RDT_CHECK(write_file(options.output, text));
    }
    return 0;
}

} // namespace redoubt::ctl
