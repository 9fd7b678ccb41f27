// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/verb_options.hpp"

namespace redoubt::ctl {
namespace {

void declare_generate(CLI::App& group, ParseState& state) {
    auto& options = state.policies.generate;
    CLI::App* verb =
        add_verb(group, state, "generate", "Make the policy of a pod, as Rego; --json: its data only");
    verb->add_option("MANIFEST", options.manifests, "Kubernetes manifests")->required();
    verb->add_option("--config-map", options.config_maps, "Manifest of ConfigMaps and Secrets the pod names")
        ->allow_extra_args(false)
        ->type_name("FILE");
    verb->add_option("--image-config", options.image_configs,
                     "Configuration of an image the pod names: JSON, or\na folder that is an OCI layout")
        ->allow_extra_args(false)
        ->type_name("NAME=FILE");
    verb->add_option("--node", options.node, "Whose requests it is for: kata or redoubt")
        ->check(CLI::IsMember({"kata", "redoubt"}))
        ->capture_default_str()
        ->type_name("KIND");
    verb->add_option("--settings", options.settings, "What differs from the built-in settings, JSON")
        ->type_name("FILE");
    verb->add_option("--workload", options.workload, "Which workload, when there are several")
        ->type_name("NAME");
    verb->add_flag("--base64", options.base64, "Write it in base64");
    verb->add_option("-o,--output", options.output, "Write it there")->type_name("FILE");
    state.take[verb] = [&state]() -> Verb { return state.policies.generate; };
}

} // namespace

void declare_policy_verbs(CLI::App& app, ParseState& state) {
    CLI::App* group = app.add_subcommand("policy", "Policies of confidential guests: generate, test");
    group->set_help_flag("--help", "Show this help");
    declare_generate(*group, state);
    CLI::App* test = add_verb(*group, state, "test", "Put recorded requests to a policy and compare");
    test->add_option("POLICY", state.policies.test.policy, "Policy, Rego")->required();
    test->add_option("REQUESTS", state.policies.test.requests, "Requests with their verdicts, JSON")
        ->required();
    state.take[test] = [&state]() -> Verb { return state.policies.test; };
}

} // namespace redoubt::ctl
