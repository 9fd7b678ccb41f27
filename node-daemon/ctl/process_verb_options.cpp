// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/verb_options.hpp"

namespace redoubt::ctl {
namespace {

void add_stream_flags(CLI::App& verb, StreamOptions& stream) {
    verb.add_flag("-i,--interactive", stream.interactive, "Keep standard input open");
    verb.add_flag("-t,--tty", stream.terminal, "Give the process a terminal");
    verb.add_option("--detach-keys", stream.detach_keys, "Keys that detach; \"\" for none")
        ->type_name("KEYS")
        ->capture_default_str();
}

enum class Starts : std::uint8_t { now, later };

/// The flags of run and create; the latter has none for a process that it does not start.
void add_container_flags(CLI::App* verb, RunOptions& run, Starts starts) {
    add_stream_flags(*verb, run.stream);
    if (starts == Starts::now)
        verb->add_flag("-d,--detach", run.detach, "Run in the background and print the container's id");
    verb->add_flag("--rm", run.remove, "Remove the container when it ends");
    verb->add_option("--name", run.name, "Name of the container; default: made up")->type_name("NAME");
    add_repeated(*verb, "-e,--env", run.environment, "Environment variable; NAME alone takes ours")
        ->type_name("NAME=VALUE");
    verb->add_option("-m,--memory", run.memory, "Memory limit, such as 512m")->type_name("SIZE");
    verb->add_option("--cpus", run.cpus, "Processors, such as 1.5")->type_name("NUMBER");
    verb->add_option("-w,--workdir", run.working_directory, "Working directory")->type_name("DIR");
    verb->add_option("-u,--user", run.user, "User, and group, to run as")->type_name("NAME|UID[:GROUP|GID]");
    verb->add_flag("--read-only", run.read_only, "Make the root file system read-only");
    verb->add_option("--entrypoint", run.entrypoint, "Program to run instead of the image's; \"\" for none")
        ->type_name("PROGRAM|JSON");
    verb->add_option("-h,--hostname", run.hostname, "Host name; default: the short id")->type_name("NAME");
    add_repeated(*verb, "-l,--label", run.labels, "Label")->type_name("KEY[=VALUE]");
    add_repeated(*verb, "--annotation", run.annotations, "OCI annotation")->type_name("KEY=VALUE");
    add_repeated(*verb, "--network", run.networks, "Network to join; default: the node's")
        ->type_name("NAME|none");
    add_repeated(*verb, "-p,--publish", run.ports, "Port of the host that leads to one of the container")
        ->type_name("[IP:]HOSTPORT:PORT[/PROTOCOL]");
    add_storage_flags(*verb, run);
    add_privilege_flags(*verb, run);
    verb->add_option("--stop-signal", run.stop_signal,
                     "Signal that stop sends; default: the image's, or TERM")
        ->type_name("SIGNAL");
    verb->add_option("--pull", run.pull, "When to pull the image")
        ->check(CLI::IsMember({"missing", "never", "always"}))
        ->option_text("missing|never|always [missing]");
    if (starts == Starts::now)
        verb->add_flag("--sig-proxy", run.proxy_signals, "Pass signals on to the container")
            ->default_str("true");
    verb->add_flag("--tls-verify", run.registry.verify_tls, "Verify the registry's certificate")
        ->default_str("true");
    verb->add_option("--platform", run.registry.platform, "OS/ARCH to pull")->type_name("OS/ARCH");
    verb->add_flag("-q,--quiet", run.registry.is_quiet, "No progress while pulling");
}

Verb with_words(RunOptions run, const std::vector<std::string>& words) {
    if (words.empty()) throw CLI::ValidationError("an image is needed");
    run.image = words.front();
    run.command.assign(words.begin() + 1, words.end());
    return run;
}

void declare_run(CLI::App& app, ParseState& state) {
    CLI::App* verb = add_verb(app, state, "run", "Run a command in a new container");
    verb->usage("Usage: redoubtctl run [FLAGS] IMAGE [COMMAND [ARG...]]");
    state.passing.insert(verb);
    add_container_flags(verb, state.run, Starts::now);
    state.take[verb] = [&state]() -> Verb { return with_words(state.run, state.container_words); };
}

void declare_create(CLI::App& app, ParseState& state) {
    CLI::App* verb = add_verb(app, state, "create", "Make a container without starting it");
    verb->usage("Usage: redoubtctl create [FLAGS] IMAGE [COMMAND [ARG...]]");
    state.passing.insert(verb);
    add_container_flags(verb, state.create.run, Starts::later);
    state.take[verb] = [&state]() -> Verb {
        return CreateOptions{std::get<RunOptions>(with_words(state.create.run, state.container_words))};
    };
}

void declare_start(CLI::App& app, ParseState& state) {
    CLI::App* verb = add_verb(app, state, "start", "Start containers that do not run");
    auto& start = state.start;
    verb->add_flag("-a,--attach", start.attach, "Connect this terminal with the container, and end with it");
    verb->add_flag("-i,--interactive", start.interactive, "Pass standard input on; takes --attach with it");
    verb->add_flag("--all", start.all, "All that do not run");
    verb->add_flag("--sig-proxy", start.proxy_signals, "Pass signals on to an attached container")
        ->default_str("true");
    verb->add_option("--detach-keys", start.detach_keys, "Keys that detach; \"\" for none")
        ->type_name("KEYS")
        ->capture_default_str();
    verb->add_option("CONTAINER", start.containers, "Ids or names");
    state.take[verb] = [&start]() -> Verb {
        if (start.containers.empty() && !start.all) throw CLI::ValidationError("a container is needed");
        if ((start.attach || start.interactive) && (start.all || start.containers.size() != 1))
            throw CLI::ValidationError("--attach takes one container");
        return start;
    };
}

void declare_exec(CLI::App& app, ParseState& state) {
    CLI::App* verb = add_verb(app, state, "exec", "Run one more command in a running container");
    verb->usage("Usage: redoubtctl exec [FLAGS] CONTAINER COMMAND [ARG...]");
    state.passing.insert(verb);
    auto& exec = state.exec;
    add_stream_flags(*verb, exec.stream);
    add_repeated(*verb, "-e,--env", exec.environment, "Environment variable; NAME alone takes ours")
        ->type_name("NAME=VALUE");
    verb->add_option("-w,--workdir", exec.working_directory, "Working directory")->type_name("DIR");
    verb->add_option("-u,--user", exec.user, "User, and group, to run as")->type_name("NAME|UID[:GROUP|GID]");
    state.take[verb] = [&state, &exec]() -> Verb {
        const auto& words = state.container_words;
        if (words.size() < 2) throw CLI::ValidationError("a container and a command are needed");
        exec.container = words.front();
        exec.command.assign(words.begin() + 1, words.end());
        return exec;
    };
}

void declare_attach(CLI::App& app, ParseState& state) {
    CLI::App* verb = add_verb(app, state, "attach", "Connect this terminal with a running container");
    auto& attach = state.attach;
    verb->add_flag("--no-stdin", attach.no_stdin, "Do not pass standard input on");
    verb->add_flag("--sig-proxy", attach.proxy_signals, "Pass signals on to the container")
        ->default_str("true");
    verb->add_option("--detach-keys", attach.detach_keys, "Keys that detach; \"\" for none")
        ->type_name("KEYS")
        ->capture_default_str();
    verb->add_option("CONTAINER", attach.container, "Id or name")->required();
    state.take[verb] = [&attach]() -> Verb { return attach; };
}

} // namespace

CLI::Option* add_repeated(CLI::App& verb, const std::string& flags, std::vector<std::string>& values,
                          const std::string& help) {
    return verb.add_option(flags, values, help)->allow_extra_args(false);
}

void declare_process_verbs(CLI::App& app, ParseState& state) {
    declare_run(app, state);
    declare_create(app, state);
    declare_start(app, state);
    declare_exec(app, state);
    declare_attach(app, state);
}

} // namespace redoubt::ctl
