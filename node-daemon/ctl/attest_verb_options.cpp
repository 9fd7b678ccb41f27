// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/verb_options.hpp"

namespace redoubt::ctl {
namespace {

void declare_guest(CLI::App* verb, AttestNodeOptions& options) {
    verb->add_option("--guest-evidence", options.guest_evidence,
                     "What a container on the node got from its workload API")
        ->type_name("FILE");
    verb->add_option("--container", options.container, "Which container that is")->type_name("ID");
    verb->add_option("--runtime-data", options.runtime_data, "What it was to bind its evidence to")
        ->type_name("TEXT");
    const auto add_list = [&](const char* flag, std::vector<std::string>& list, const char* help,
                              const char* type) { add_repeated(*verb, flag, list, help)->type_name(type); };
    add_list("--measurement", options.measurements, "Expected launch digest; any of several", "HEX");
    add_list("--init-data", options.init_data, "Expected digest of the init data; any of several", "HEX");
    add_list("--anchor", options.anchors, "Root of processors to trust beside those built in", "FILE");
    add_list("--certs", options.certs, "Certificates and revocation lists of processors", "FILE|DIR");
    verb->add_flag("--allow-simulation", options.allow_simulation, "Accept anchors of the simulation class");
}

void declare_attest_node(CLI::App& group, ParseState& state) {
    auto& options = state.attest.node;
    CLI::App* verb = add_verb(group, state, "node", "Judge what the node booted, and what runs on it");
    add_repeated(*verb, "--reference", options.references, "Measurements of a release: pcrs.json")
        ->type_name("FILE");
    add_repeated(*verb, "--pcr", options.pcrs, "Expected PCR; any of several for one")
        ->type_name("NUMBER=HEX");
    verb->add_option("--enrolment", options.enrolment, "Boxes that are known: JSON with enrolled_nodes")
        ->type_name("FILE");
    verb->add_flag("--broker", options.ask_broker, "Take what a key broker lists of all this");
    declare_guest(verb, options);
    add_connection_flags(*verb, state);
    state.take[verb] = [&state]() -> Verb {
        auto taken = state.attest.node;
        taken.connection = state.trust.connection;
        return AttestVerb(std::move(taken));
    };
}

void declare_attest_enrol(CLI::App& group, ParseState& state) {
    auto& options = state.attest.enrol;
    CLI::App* verb = add_verb(group, state, "enrol", "Make the node's TPM and chip known to a key broker");
    verb->add_option("--chip-id", options.chip_id, "Chip of the node's processor, as its guests report it")
        ->type_name("HEX");
    add_repeated(*verb, "--authority", options.authorities,
                 "Certificates between the TPM's and its vendor's root")
        ->type_name("FILE|DIR");
    add_connection_flags(*verb, state);
    state.take[verb] = [&state]() -> Verb {
        auto taken = state.attest.enrol;
        taken.connection = state.trust.connection;
        return AttestVerb(std::move(taken));
    };
}

} // namespace

void declare_attest_verbs(CLI::App& app, ParseState& state) {
    CLI::App* group = app.add_subcommand("attest", "What the node proves of itself: node, enrol");
    group->set_help_flag("--help", "Show this help");
    declare_attest_node(*group, state);
    declare_attest_enrol(*group, state);
}

} // namespace redoubt::ctl
