// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/verb_options.hpp"

namespace redoubt::ctl {
namespace {

void declare_ps(CLI::App& app, ParseState& state) {
    CLI::App* verb = add_verb(app, state, "ps", "List containers");
    verb->add_flag("-a,--all", state.ps.all, "Also those that do not run");
    verb->add_flag("-q,--quiet", state.ps.is_quiet, "Only ids");
    verb->add_flag("--no-trunc", state.ps.no_trunc, "Do not shorten");
    verb->add_option("-f,--filter", state.ps.filters,
                     "Only those with this: name, id, label, status or ancestor")
        ->allow_extra_args(false)
        ->type_name("KEY=VALUE");
    state.take[verb] = [&state]() -> Verb { return state.ps; };
}

void declare_logs(CLI::App& app, ParseState& state) {
    CLI::App* verb = add_verb(app, state, "logs", "Show what a container wrote");
    verb->add_flag("-f,--follow", state.logs.follow, "Go on with what it writes from now on");
    verb->add_option("--tail", state.logs.tail, "Only the last lines")->type_name("NUMBER");
    verb->add_option("--since", state.logs.since,
                     "Only lines since a time: 10m, 2026-01-31T08:00:00Z, 1767168000")
        ->type_name("TIME");
    verb->add_flag("-t,--timestamps", state.logs.timestamps, "Put the time in front of each line");
    verb->add_option("CONTAINER", state.logs.container, "Id or name")->required();
    state.take[verb] = [&state]() -> Verb { return state.logs; };
}

void declare_stop_and_kill(CLI::App& app, ParseState& state) {
    CLI::App* stop = add_verb(app, state, "stop", "Stop containers: the stop signal, then kill");
    stop->add_option("-t,--time", state.stop.timeout_seconds, "Seconds until it is killed; default 10")
        ->type_name("SECONDS");
    stop->add_option("CONTAINER", state.stop.containers, "Ids or names")->required();
    state.take[stop] = [&state]() -> Verb { return state.stop; };

    CLI::App* kill = add_verb(app, state, "kill", "Send a signal to containers");
    kill->add_option("-s,--signal", state.kill.signal, "Signal, by name or number")
        ->type_name("SIGNAL")
        ->capture_default_str();
    kill->add_option("CONTAINER", state.kill.containers, "Ids or names")->required();
    state.take[kill] = [&state]() -> Verb { return state.kill; };
}

void declare_rm_and_inspect(CLI::App& app, ParseState& state) {
    CLI::App* rm = add_verb(app, state, "rm", "Remove containers");
    rm->add_flag("-f,--force", state.rm.force, "Also those that run; no error for those that are not there");
    rm->add_flag("-v,--volumes", state.rm.volumes, "Also the volumes without a name that were made for them");
    rm->add_option("CONTAINER", state.rm.containers, "Ids or names")->required();
    state.take[rm] = [&state]() -> Verb { return state.rm; };

    CLI::App* inspect = add_verb(app, state, "inspect", "Show everything about containers, as JSON");
    inspect->add_option("CONTAINER", state.inspect.containers, "Ids or names")->required();
    state.take[inspect] = [&state]() -> Verb { return state.inspect; };

    CLI::App* wait = add_verb(app, state, "wait", "Wait for containers to end and print their exit codes");
    wait->add_option("CONTAINER", state.wait.containers, "Ids or names")->required();
    state.take[wait] = [&state]() -> Verb { return state.wait; };
}

void declare_events(CLI::App& app, ParseState& state) {
    CLI::App* verb = add_verb(app, state, "events", "Show what happens on the node");
    verb->add_option("--since", state.events.since, "Begin at a time: 10m, 2026-01-31T08:00:00Z, 1767168000")
        ->type_name("TIME");
    verb->add_flag("--stream", state.events.follow, "Go on with what happens from now on")
        ->default_str("true");
    state.take[verb] = [&state]() -> Verb { return state.events; };
}

void declare_image_pull(CLI::App& group, ParseState& state) {
    CLI::App* verb = add_verb(group, state, "pull", "Pull an image from a registry");
    auto& registry = state.image_pull.registry;
    verb->add_option("--creds", registry.credentials, "Name and password")->type_name("USER:PASSWORD");
    verb->add_option("--authfile", registry.auth_file, "Logins; default: where login keeps them")
        ->type_name("FILE");
    verb->add_flag("--tls-verify", registry.verify_tls, "Verify the registry's certificate")
        ->default_str("true");
    verb->add_option("--ca-file", registry.ca_file, "PEM file of a private authority")->type_name("FILE");
    verb->add_option("--cert-dir", registry.cert_dir, "Folder of a private authority's *.crt files")
        ->type_name("DIR");
    verb->add_option("--platform", registry.platform, "OS/ARCH to pull; default: the node's")
        ->type_name("OS/ARCH");
    verb->add_flag("-q,--quiet", registry.is_quiet, "No progress");
    verb->add_option("IMAGE", state.image_pull.reference,
                     "Reference, such as registry.example/busybox:latest")
        ->required();
    state.take[verb] = [&state]() -> Verb { return state.image_pull; };
}

void declare_image_import(CLI::App& group, ParseState& state) {
    CLI::App* verb =
        add_verb(group, state, "import", "Import an OCI layout folder, oci-archive or docker-archive");
    verb->add_flag("-q,--quiet", state.image_import.is_quiet, "No progress");
    verb->add_option("PATH", state.image_import.path, "Folder or archive on the node")->required();
    verb->add_option("NAME", state.image_import.name, "Reference to give it; default: what the archive says");
    state.take[verb] = [&state]() -> Verb { return state.image_import; };
}

CLI::App* declare_image_ls(CLI::App& group, ParseState& state, const std::string& name) {
    CLI::App* verb = add_verb(group, state, name, "List images");
    verb->add_flag("-q,--quiet", state.image_ls.is_quiet, "Only ids");
    verb->add_flag("--no-trunc", state.image_ls.no_trunc, "Do not shorten");
    state.take[verb] = [&state]() -> Verb { return state.image_ls; };
    return verb;
}

} // namespace

void declare_container_verbs(CLI::App& app, ParseState& state) {
    declare_ps(app, state);
    declare_logs(app, state);
    declare_stop_and_kill(app, state);
    declare_rm_and_inspect(app, state);
    declare_events(app, state);
}

void declare_image_verbs(CLI::App& app, ParseState& state) {
    CLI::App* group =
        app.add_subcommand("image", "Images: pull, import, ls, rm, inspect, encrypt, sign, verify, prune");
    group->set_help_flag("--help", "Show this help");
    declare_image_pull(*group, state);
    declare_image_import(*group, state);
    declare_image_ls(*group, state, "ls");
    declare_image_ls(app, state, "images");

    CLI::App* rm = add_verb(*group, state, "rm", "Remove images");
    rm->add_flag("-f,--force", state.image_rm.force, "Also when containers use it, which are removed");
    rm->add_option("IMAGE", state.image_rm.images, "References or ids")->required();
    state.take[rm] = [&state]() -> Verb { return state.image_rm; };

    CLI::App* inspect = add_verb(*group, state, "inspect", "Show everything about images, as JSON");
    inspect->add_option("IMAGE", state.image_inspect.images, "References or ids")->required();
    state.take[inspect] = [&state]() -> Verb { return state.image_inspect; };
    declare_image_author_verbs(*group, state);
}

void declare_node_verbs(CLI::App& app, ParseState& state) {
    CLI::App* group = app.add_subcommand(
        "node",
        "The node itself: info, check, drain, resume, identity, pairing, client, audit, recovery-key");
    group->set_help_flag("--help", "Show this help");
    CLI::App* info = add_verb(*group, state, "info", "Show what the node is and runs");
    state.take[info] = []() -> Verb { return NodeInfoOptions{}; };
    CLI::App* check = add_verb(*group, state, "check", "Check that the node can run containers");
    state.take[check] = []() -> Verb { return NodeCheckOptions{}; };
    CLI::App* drain =
        add_verb(*group, state, "drain", "Stop all containers and let none start, for maintenance");
    drain->add_option("-t,--time", state.node_drain.timeout_seconds,
                      "Seconds from a container's stop signal until it is killed");
    state.take[drain] = [&state]() -> Verb { return state.node_drain; };
    CLI::App* resume = add_verb(*group, state, "resume", "Let containers start again after a drain");
    state.take[resume] = []() -> Verb { return NodeResumeOptions{}; };
    declare_access_verbs(*group, state);
    CLI::App* version =
        add_verb(app, state, "version", "Show the versions of this program and of the daemon");
    state.take[version] = []() -> Verb { return VersionOptions{}; };
}

} // namespace redoubt::ctl
