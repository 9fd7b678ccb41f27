// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/verb_options.hpp"

namespace redoubt::ctl {
namespace {

CLI::App* add_group(CLI::App& parent, const std::string& name, const std::string& description) {
    CLI::App* group = parent.add_subcommand(name, description);
    group->set_help_flag("--help", "Show this help");
    return group;
}

/// A verb that speaks to a broker, not to the node's daemon.
CLI::App* add_trust_verb(CLI::App& parent, ParseState& state, const std::string& name,
                         const std::string& description) {
    CLI::App* verb = parent.add_subcommand(name, description);
    verb->set_help_flag("--help", "Show this help");
    verb->add_flag("--json", state.json, "Print JSON")->group("Global");
    add_connection_flags(*verb, state);
    return verb;
}

/// Takes what the parser left in `options`.
template <class Options>
void take(CLI::App* verb, ParseState& state, const Options& options) {
    state.take[verb] = [&state, &options]() -> Verb { return TrustOptions{state.trust.connection, options}; };
}

void declare_resource(CLI::App& trust, ParseState& state) {
    auto& all = state.trust;
    CLI::App* group = add_group(trust, "resource", "Secrets: set, show, ls, rm");
    CLI::App* set = add_trust_verb(*group, state, "set", "Store a value, as a new version");
    set->add_option("-f,--file", all.resource_set.file, "The value; -: standard input")
        ->type_name("FILE")
        ->capture_default_str();
    set->add_option("RESOURCE", all.resource_set.name, "REPOSITORY/TYPE/TAG")->required();
    take(set, state, all.resource_set);
    CLI::App* show = add_trust_verb(*group, state, "show", "Show the versions of a value, never the value");
    show->add_option("RESOURCE", all.resource_show.name, "REPOSITORY/TYPE/TAG")->required();
    take(show, state, all.resource_show);
    take(add_trust_verb(*group, state, "ls", "List values by name"), state, all.resource_ls);
    CLI::App* rm = add_trust_verb(*group, state, "rm", "Remove values, all their versions");
    rm->add_option("RESOURCE", all.resource_rm.names, "REPOSITORY/TYPE/TAG")->required();
    take(rm, state, all.resource_rm);
}

void declare_policy(CLI::App& trust, ParseState& state) {
    auto& all = state.trust;
    const auto add_kind = [](CLI::App* verb, std::string& kind) {
        verb->add_option("KIND", kind, "resource: who gets what; attestation: what evidence is worth")
            ->required()
            ->check(CLI::IsMember({"resource", "attestation"}));
    };
    CLI::App* group = add_group(trust, "policy", "Policies in Rego: set, show, ls");
    CLI::App* set = add_trust_verb(*group, state, "set", "Set a policy");
    add_kind(set, all.policy_set.kind);
    set->add_option("FILE", all.policy_set.file, "Rego; -: standard input")->required();
    take(set, state, all.policy_set);
    CLI::App* show = add_trust_verb(*group, state, "show", "Print a policy");
    add_kind(show, all.policy_show.kind);
    take(show, state, all.policy_show);
    take(add_trust_verb(*group, state, "ls", "List policies"), state, all.policy_ls);
}

void declare_reference_value(CLI::App& trust, ParseState& state) {
    auto& all = state.trust;
    CLI::App* group = add_group(trust, "reference-value", "What guests have to show: add, ls, rm, history");
    CLI::App* add = add_trust_verb(*group, state, "add",
                                   "Add a version of a reference value: a list of values that are all right");
    add->add_option("-f,--file", all.reference_value_add.file, "JSON object of names and values instead")
        ->type_name("FILE");
    add->add_option("--signed", all.reference_value_add.signed_file,
                    "JWS by one of the tenant's signers instead")
        ->type_name("FILE");
    add->add_option("--corim", all.reference_value_add.corim_file, "CoRIM, signed or not, instead")
        ->type_name("FILE");
    add->add_option("NAME", all.reference_value_add.name, "Such as snp_launch_measurement");
    add->add_option("VALUE", all.reference_value_add.values, "Each of them");
    take(add, state, all.reference_value_add);
    take(add_trust_verb(*group, state, "ls", "List reference values"), state, all.reference_value_ls);
    CLI::App* rm = add_trust_verb(*group, state, "rm", "Remove reference values");
    rm->add_option("NAME", all.reference_value_rm.names, "Names")->required();
    take(rm, state, all.reference_value_rm);
    CLI::App* history =
        add_trust_verb(*group, state, "history", "Show every version of one, and who added it");
    history->add_option("NAME", all.reference_value_history.name, "Name")->required();
    take(history, state, all.reference_value_history);
}

void declare_anchor(CLI::App& tenant, ParseState& state) {
    CLI::App* group =
        add_group(tenant, "anchor", "Which anchors a tenant believes beside the vendors': enable, disable");
    const auto add = [&](const char* name, const char* help, TenantAnchorOptions& options, bool enable) {
        options.enable = enable;
        CLI::App* verb = add_trust_verb(*group, state, name, help);
        verb->add_option("TENANT", options.tenant, "Whose")->required();
        verb->add_option("CLASS", options.anchor, "simulation or vlek")
            ->required()
            ->check(CLI::IsMember({"simulation", "vlek"}));
        take(verb, state, options);
    };
    add("enable", "Believe a class of anchors", state.trust.anchor_enable, true);
    add("disable", "Believe it no longer", state.trust.anchor_disable, false);
}

void declare_tenant(CLI::App& trust, ParseState& state) {
    auto& all = state.trust;
    CLI::App* group = add_group(trust, "tenant", "Tenants: ls, create, anchor");
    take(add_trust_verb(*group, state, "ls", "List tenants"), state, all.tenant_ls);
    CLI::App* create = add_trust_verb(*group, state, "create", "Make a tenant");
    create->add_flag("--require-approval", all.tenant_create.requires_approval,
                     "Two administrators for what destroys or decides");
    create->add_flag("--require-signed", all.tenant_create.requires_signed,
                     "Take reference values only when signed");
    create->add_option("--settings", all.tenant_create.settings_file, "JSON: docs/formats/kbs.md")
        ->type_name("FILE");
    create->add_option("NAME", all.tenant_create.name, "a-z, 0-9 and -, beginning with a letter")->required();
    take(create, state, all.tenant_create);
    declare_anchor(*group, state);
}

void declare_approval(CLI::App& trust, ParseState& state) {
    auto& all = state.trust;
    CLI::App* group = add_group(trust, "approval",
                                "Changes that wait for a second administrator: ls, "
                                "approve, reject");
    take(add_trust_verb(*group, state, "ls", "List changes that wait"), state, all.approval_ls);
    const auto add = [&](const char* name, const char* help, ApprovalDecideOptions& options, bool approve) {
        options.approve = approve;
        CLI::App* verb = add_trust_verb(*group, state, name, help);
        verb->add_option("APPROVAL", options.ids, "Ids")->required();
        take(verb, state, options);
    };
    add("approve", "Make changes that another administrator asked for", all.approval_approve, true);
    add("reject", "Drop them", all.approval_reject, false);
}

void declare_audit(CLI::App& trust, ParseState& state) {
    auto& all = state.trust;
    CLI::App* group = add_group(trust, "audit", "The broker's audit log: show, verify");
    CLI::App* show = add_trust_verb(*group, state, "show", "Show records; with --json as the log has them");
    show->add_option("--from", all.audit_show.from, "Number of the first")
        ->type_name("NUMBER")
        ->check(CLI::PositiveNumber);
    show->add_option("--limit", all.audit_show.limit, "At most so many")
        ->type_name("NUMBER")
        ->check(CLI::PositiveNumber);
    take(show, state, all.audit_show);
    CLI::App* verify =
        add_trust_verb(*group, state, "verify", "Check that no record was changed or left out");
    verify
        ->add_option("--expect", all.audit_verify.expected,
                     "Number and hash of a record, as an earlier verify told")
        ->type_name("NUMBER:HASH");
    take(verify, state, all.audit_verify);
}

void declare_collateral(CLI::App& trust, ParseState& state) {
    auto& all = state.trust;
    CLI::App* group = add_group(trust, "collateral", "What vendors say of their processors: import, ls");
    CLI::App* import =
        add_trust_verb(*group, state, "import", "Bring certificates, revocation lists and TCB documents");
    import->add_option("--place", all.collateral_import.place, "snp, or tdx/FAMILY")
        ->required()
        ->type_name("PLACE");
    import->add_option("PATH", all.collateral_import.paths, "Files, or folders of such")->required();
    take(import, state, all.collateral_import);
    take(add_trust_verb(*group, state, "ls",
                        "List what is at hand: from where, until when, and what went wrong"),
         state, all.collateral_ls);
}

} // namespace

void add_connection_flags(CLI::App& verb, ParseState& state) {
    auto& connection = state.trust.connection;
    const auto add = [&](const char* flag, std::string& text, const char* help, const char* type) {
        verb.add_option(flag, text, help)->type_name(type)->group("Broker");
    };
    add("--kbs", connection.kbs, "Key broker; default $REDOUBT_KBS, then trust.toml", "URL");
    add("--ca", connection.ca, "Authority of its certificate, in place of the system's", "FILE");
    add("--cert", connection.certificate, "Our certificate", "FILE");
    add("--key", connection.key, "Its key", "FILE");
    add("--token-file", connection.token_file, "An administrator's token", "FILE");
    add("--tenant", connection.tenant, "Whose; default: default", "NAME");
}

void declare_trust_verbs(CLI::App& app, ParseState& state) {
    CLI::App* trust = add_group(app, "trust",
                                "A key broker: resource, policy, reference-value, tenant, approval, "
                                "audit, collateral");
    declare_resource(*trust, state);
    declare_policy(*trust, state);
    declare_reference_value(*trust, state);
    declare_tenant(*trust, state);
    declare_approval(*trust, state);
    declare_audit(*trust, state);
    declare_collateral(*trust, state);
}

} // namespace redoubt::ctl
