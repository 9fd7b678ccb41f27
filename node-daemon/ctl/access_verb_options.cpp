// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/verb_options.hpp"

namespace redoubt::ctl {
namespace {

void declare_clients(CLI::App& node, ParseState& state) {
    CLI::App* group = node.add_subcommand("client", "Who may manage the node from outside: ls, add, rm");
    group->set_help_flag("--help", "Show this help");
    CLI::App* ls = add_verb(*group, state, "ls", "List clients and their roles");
    state.take[ls] = []() -> Verb { return AccessVerb(ClientLsOptions{}); };

    auto& add_options = state.access.client_add;
    CLI::App* add = add_verb(*group, state, "add", "Give a client's certificate a role");
    add->add_option("--role", add_options.role, "What it may do")
        ->check(CLI::IsMember({"viewer", "admin"}))
        ->capture_default_str();
    add->add_option("--name", add_options.name, "For people; default: the certificate's common name")
        ->type_name("NAME");
    add->add_option("FILE", add_options.file, "Its certificate, in PEM form; -: standard input")->required();
    state.take[add] = [&state]() -> Verb { return AccessVerb(state.access.client_add); };

    auto& rm_options = state.access.client_rm;
    CLI::App* rm = add_verb(*group, state, "rm", "Take clients' roles away");
    rm->add_flag("-f,--force", rm_options.force, "Also the last administrator's");
    rm->add_option("CLIENT", rm_options.clients, "Names or fingerprints")->required();
    state.take[rm] = [&state]() -> Verb { return AccessVerb(state.access.client_rm); };
}

void declare_recovery_key(CLI::App& node, ParseState& state) {
    CLI::App* group =
        node.add_subcommand("recovery-key", "The key to the state for the day its TPM fails: fetch");
    group->set_help_flag("--help", "Show this help");
    auto& options = state.access.recovery_key_fetch;
    CLI::App* fetch = add_verb(*group, state, "fetch", "Take the key; the node forgets it");
    fetch->add_option("-o,--output", options.file, "Write it to a new file; default: print it")
        ->type_name("FILE");
    fetch->add_flag("--keep", options.keep,
                    "Leave it on the node, which goes on asking for it to be fetched");
    state.take[fetch] = [&state]() -> Verb { return AccessVerb(state.access.recovery_key_fetch); };
}

void declare_pair(CLI::App& app, ParseState& state) {
    auto& options = state.profiles.pair;
    CLI::App* verb = add_verb(app, state, "pair", "Become a new node's administrator, by the code it shows");
    verb->add_option("--fingerprint", options.fingerprint,
                     "That the node shows; default: ask whether it is so")
        ->type_name("SHA256");
    verb->add_option("--profile", options.profile, "Name for -H; default: the host's")->type_name("NAME");
    verb->add_option("--name", options.client, "Our name there; default: USER@HOST")->type_name("NAME");
    verb->add_option("ADDRESS", options.address, "HOST or HOST:PORT; port 7443")->required();
    verb->footer("The code is read from standard input.");
    state.take[verb] = [&state]() -> Verb { return ProfileVerb(state.profiles.pair); };
}

} // namespace

void declare_access_verbs(CLI::App& node, ParseState& state) {
    CLI::App* identity = add_verb(node, state, "identity", "Show the fingerprint by which the node is known");
    state.take[identity] = []() -> Verb { return AccessVerb(NodeIdentityOptions{}); };

    auto& pairing = state.access.pairing;
    CLI::App* pair =
        add_verb(node, state, "pairing", "Show the code by which the node is paired with a client");
    auto* open = pair->add_flag("--open", pairing.open, "Make a new code, for ten minutes");
    pair->add_flag("--close", pairing.close, "Void the code")->excludes(open);
    state.take[pair] = [&state]() -> Verb { return AccessVerb(state.access.pairing); };

    auto& audit_options = state.access.audit;
    CLI::App* audit = add_verb(node, state, "audit", "Show who did what from outside, as JSON lines");
    audit->add_option("--from", audit_options.from, "Begin at this record")->type_name("NUMBER");
    audit->add_option("--limit", audit_options.limit, "At most so many")->type_name("NUMBER");
    audit->add_flag("--verify", audit_options.verify, "Only check that no record was changed or left out");
    state.take[audit] = [&state]() -> Verb { return AccessVerb(state.access.audit); };
    declare_clients(node, state);
    declare_recovery_key(node, state);
}

void declare_profile_verbs(CLI::App& app, ParseState& state) {
    declare_pair(app, state);
    CLI::App* group = app.add_subcommand("profile", "Nodes that -H may name: ls, add, rm, certificate");
    group->set_help_flag("--help", "Show this help");
    CLI::App* ls = add_verb(*group, state, "ls", "List profiles");
    ls->add_flag("-q,--quiet", state.profiles.ls.is_quiet, "Only names");
    state.take[ls] = [&state]() -> Verb { return ProfileVerb(state.profiles.ls); };

    auto& add_options = state.profiles.add;
    CLI::App* add = add_verb(*group, state, "add", "Note a node that knows our certificate already");
    add->add_option("--fingerprint", add_options.fingerprint, "The node's")->required()->type_name("SHA256");
    add->add_option("NAME", add_options.name, "Name for -H")->required();
    add->add_option("ADDRESS", add_options.address, "HOST or HOST:PORT; port 7443")->required();
    state.take[add] = [&state]() -> Verb { return ProfileVerb(state.profiles.add); };

    CLI::App* rm = add_verb(*group, state, "rm", "Forget profiles; the nodes are not told");
    rm->add_option("PROFILE", state.profiles.rm.profiles, "Names")->required();
    state.take[rm] = [&state]() -> Verb { return ProfileVerb(state.profiles.rm); };

    CLI::App* certificate =
        add_verb(*group, state, "certificate", "Print our certificate, for a node's administrator to add");
    state.take[certificate] = []() -> Verb { return ProfileVerb(ProfileCertificateOptions{}); };
}

} // namespace redoubt::ctl
