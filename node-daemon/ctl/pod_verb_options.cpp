// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/verb_options.hpp"

namespace redoubt::ctl {
namespace {

/// The names a verb is for; `all`: instead of them.
void add_pods(CLI::App& verb, bool& all, std::vector<std::string>& pods) {
    verb.add_flag("-a,--all", all, "All pods");
    verb.add_option("POD", pods, "Names or ids");
}

void declare_create(CLI::App& group, ParseState& state) {
    CLI::App* verb = add_verb(group, state, "create", "Make a pod: containers join it with run --pod");
    auto& create = state.pods.create;
    verb->add_option("-n,--name", create.name, "Name; default: made up")->type_name("NAME");
    verb->add_option("--hostname", create.hostname, "Host name of its containers; default: its name")
        ->type_name("NAME");
    add_repeated(*verb, "--network", create.networks, "Network to be on, or none")->type_name("NAME");
    add_repeated(*verb, "-p,--publish", create.ports, "Map a port of the host to one of the pod")
        ->type_name("[IP:]HOSTPORT:PORT[/PROTOCOL]");
    add_repeated(*verb, "-l,--label", create.labels, "Label")->type_name("KEY[=VALUE]");
    verb->add_option("POD", create.name, "Name");
    state.take[verb] = [&create]() -> Verb { return PodVerb(create); };
}

void declare_ps(CLI::App& group, ParseState& state, const std::string& name) {
    CLI::App* verb = add_verb(group, state, name, "List pods");
    auto& ps = state.pods.ps;
    verb->add_flag("-q,--quiet", ps.is_quiet, "Only ids");
    verb->add_flag("--no-trunc", ps.no_trunc, "Whole ids");
    add_repeated(*verb, "-f,--filter", ps.filters, "Only those with this: name, id, label or status")
        ->type_name("KEY=VALUE");
    state.take[verb] = [&ps]() -> Verb { return PodVerb(ps); };
}

void declare_changes(CLI::App& group, ParseState& state) {
    CLI::App* start = add_verb(group, state, "start", "Start pods");
    auto& started = state.pods.start;
    add_pods(*start, started.all, started.pods);
    state.take[start] = [&started]() -> Verb { return PodVerb(started); };

    CLI::App* stop = add_verb(group, state, "stop", "Stop pods");
    auto& stopped = state.pods.stop;
    stop->add_option("-t,--time", stopped.timeout_seconds, "Seconds before its containers are killed");
    add_pods(*stop, stopped.all, stopped.pods);
    state.take[stop] = [&stopped]() -> Verb { return PodVerb(stopped); };

    CLI::App* kill = add_verb(group, state, "kill", "Send a signal to all containers of pods");
    auto& killed = state.pods.kill;
    kill->add_option("-s,--signal", killed.signal, "Signal; default KILL")->type_name("SIGNAL");
    add_pods(*kill, killed.all, killed.pods);
    state.take[kill] = [&killed]() -> Verb { return PodVerb(killed); };

    CLI::App* rm = add_verb(group, state, "rm", "Remove pods with their containers");
    auto& removed = state.pods.rm;
    rm->add_flag("-f,--force", removed.force, "Also running ones; no error for those that are not there");
    add_pods(*rm, removed.all, removed.pods);
    state.take[rm] = [&removed]() -> Verb { return PodVerb(removed); };
}

void declare_looks(CLI::App& group, ParseState& state) {
    CLI::App* inspect = add_verb(group, state, "inspect", "Show everything about pods, as JSON");
    auto& shown = state.pods.inspect;
    inspect->add_option("POD", shown.pods, "Names or ids")->required();
    state.take[inspect] = [&shown]() -> Verb { return PodVerb(shown); };

    CLI::App* logs = add_verb(group, state, "logs", "Show what the containers of a pod have printed");
    auto& told = state.pods.logs;
    logs->add_option("-c,--container", told.container, "Only this container's")->type_name("NAME");
    logs->add_flag("-f,--follow", told.follow, "Go on with what comes");
    logs->add_option("--tail", told.tail, "Only the last N lines of each")->type_name("N");
    logs->add_option("--since", told.since, "Only from then on")->type_name("TIME");
    logs->add_flag("-t,--timestamps", told.timestamps, "With the time of each line");
    logs->add_option("POD", told.pod, "Name or id")->required();
    state.take[logs] = [&told]() -> Verb { return PodVerb(told); };

    CLI::App* top = add_verb(group, state, "top", "Show the processes of a pod");
    auto& asked = state.pods.top;
    top->add_option("POD", asked.pod, "Name or id")->required();
    top->add_option("COLUMN", asked.columns, "Columns; default: as top");
    state.take[top] = [&asked]() -> Verb { return PodVerb(asked); };
}

void declare_network_verbs(CLI::App& app, ParseState& state) {
    CLI::App* group = app.add_subcommand("network", "Networks: create, ls, inspect, rm, prune, exists");
    group->set_help_flag("--help", "Show this help");
    CLI::App* create = add_verb(*group, state, "create", "Make a network: a bridge of its own");
    auto& made = state.networks.create;
    add_repeated(*create, "--subnet", made.subnets, "Its addresses, such as 10.90.0.0/24; default: free ones")
        ->type_name("SUBNET");
    create->add_flag("--internal", made.is_internal, "No way out of the node");
    create->add_flag("--disable-dns", made.without_names, "Who is on it is not found by name");
    create->add_option("--mtu", made.mtu, "Largest packet")->type_name("BYTES");
    create->add_flag("--ignore", made.ignore, "No error when it exists");
    create->add_option("NAME", made.name, "Name; default: made up");
    state.take[create] = [&made]() -> Verb { return NetworkVerb(made); };

    CLI::App* ls = add_verb(*group, state, "ls", "List networks");
    auto& listed = state.networks.ls;
    ls->add_flag("-q,--quiet", listed.is_quiet, "Only names");
    state.take[ls] = [&listed]() -> Verb { return NetworkVerb(listed); };

    CLI::App* inspect = add_verb(*group, state, "inspect", "Show everything about networks, as JSON");
    auto& shown = state.networks.inspect;
    inspect->add_option("NETWORK", shown.networks, "Names")->required();
    state.take[inspect] = [&shown]() -> Verb { return NetworkVerb(shown); };

    CLI::App* rm = add_verb(*group, state, "rm", "Remove networks");
    auto& removed = state.networks.rm;
    rm->add_flag("-f,--force", removed.force, "No error for those that are not there");
    rm->add_option("NETWORK", removed.networks, "Names")->required();
    state.take[rm] = [&removed]() -> Verb { return NetworkVerb(removed); };

    CLI::App* prune = add_verb(*group, state, "prune", "Remove the networks made here that nothing uses");
    auto& pruned = state.networks.prune;
    prune->add_flag("-f,--force", pruned.force, "Do not ask");
    state.take[prune] = [&pruned]() -> Verb { return NetworkVerb(pruned); };

    CLI::App* exists = add_verb(*group, state, "exists", "Exit with 0 when the network exists, else with 1");
    auto& asked = state.networks.exists;
    exists->add_option("NETWORK", asked.network, "Name")->required();
    state.take[exists] = [&asked]() -> Verb { return NetworkVerb(asked); };
}

void declare_manifest_verbs(CLI::App& app, ParseState& state) {
    CLI::App* apply = add_verb(app, state, "apply", "Run the pods of a Kubernetes manifest");
    auto& applied = state.apply;
    add_repeated(*apply, "-f,--filename", applied.files, "Manifest, or - for standard input")
        ->type_name("FILE")
        ->required();
    apply->add_flag("--replace", applied.replace, "In place of pods that have the same names");
    apply->add_flag("--start", applied.start, "Start them; --start=false only makes them")
        ->default_str("true");
    add_repeated(*apply, "--network", applied.networks, "Network to be on, or none")->type_name("NAME");
    add_repeated(*apply, "-p,--publish", applied.ports, "Map a port of the host, beside the manifest's")
        ->type_name("[IP:]HOSTPORT:PORT[/PROTOCOL]");
    apply->add_flag("--tls-verify", applied.verify_tls, "Verify registries' certificates")
        ->default_str("true");
    apply->add_flag("-q,--quiet", applied.is_quiet, "No progress of pulls");
    state.take[apply] = [&applied]() -> Verb { return applied; };

    CLI::App* down = add_verb(app, state, "down", "Remove the pods of a manifest");
    auto& taken = state.down;
    add_repeated(*down, "-f,--filename", taken.files, "Manifest, or - for standard input")->type_name("FILE");
    down->add_option("-t,--time", taken.timeout_seconds, "Seconds before containers are killed");
    down->add_flag("--force", taken.force, "With the volumes that its persistentVolumeClaims name");
    down->add_option("POD", taken.pods, "Names");
    state.take[down] = [&taken]() -> Verb { return taken; };
}

} // namespace

void declare_pod_verbs(CLI::App& app, ParseState& state) {
    CLI::App* group =
        app.add_subcommand("pod", "Pods: create, ps, inspect, start, stop, kill, rm, logs, top");
    group->set_help_flag("--help", "Show this help");
    declare_create(*group, state);
    declare_ps(*group, state, "ps");
    declare_ps(*group, state, "ls");
    declare_looks(*group, state);
    declare_changes(*group, state);
    declare_network_verbs(app, state);
    declare_manifest_verbs(app, state);
}

} // namespace redoubt::ctl
