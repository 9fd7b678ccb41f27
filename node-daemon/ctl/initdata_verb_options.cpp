// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/verb_options.hpp"

namespace redoubt::ctl {
namespace {

void declare_build(CLI::App& group, ParseState& state) {
    auto& options = state.initdata.build;
    CLI::App* verb = add_verb(group, state, "build", "Make initdata; print it, or its digest with -o");
    const auto add = [verb](const char* name, std::string& value, const char* help, const char* type) {
        verb->add_option(name, value, help)->type_name(type);
    };
    add("--policy", options.policy, "The agent's policy, Rego", "FILE");
    add("--aa", options.aa, "aa.toml, which says where the key broker is", "FILE");
    add("--broker", options.broker, "The same in short: the key broker's address", "URL");
    add("--broker-cert", options.broker_cert, "And the certificate it is believed by, PEM", "FILE");
    add("--cdh", options.cdh, "cdh.toml, as CoCo's Confidential Data Hub reads it", "FILE");
    add("--image-policy", options.image_policy,
        "Which signatures images need: containers-policy.json,\nor where guests get it, "
        "kbs:///REPOSITORY/TYPE/TAG",
        "FILE|URI");
    verb->add_option("--algorithm", options.algorithm, "Of the digest")
        ->option_text("sha256|sha384|sha512 [sha384]");
    verb->add_flag("--annotation", options.annotation, "Write a pod's annotation instead of TOML");
    add("-o,--output", options.output, "Write it there", "FILE");
    state.take[verb] = [&state]() -> Verb { return state.initdata.build; };
}

} // namespace

void declare_initdata_verbs(CLI::App& app, ParseState& state) {
    CLI::App* group = app.add_subcommand("initdata", "What confidential guests are given: build, show");
    group->set_help_flag("--help", "Show this help");
    declare_build(*group, state);
    CLI::App* show = add_verb(*group, state, "show", "Show what is in initdata, and its digest");
    show->add_option("SOURCE", state.initdata.show.source,
                     "A file of TOML, an initdata disk or an annotation,\nor the annotation itself")
        ->required();
    state.take[show] = [&state]() -> Verb { return state.initdata.show; };
}

} // namespace redoubt::ctl
