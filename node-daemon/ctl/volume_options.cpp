// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/verb_options.hpp"

namespace redoubt::ctl {
namespace {

void declare_create(CLI::App& group, ParseState& state) {
    CLI::App* verb = add_verb(group, state, "create", "Make a volume");
    auto& create = state.volumes.create;
    verb->add_option("-d,--driver", create.driver, "Driver; there is only local")->type_name("NAME");
    verb->add_option("-o,--opt", create.options,
                     "size=SIZE: the most it holds; encrypted: with a fresh key "
                     "at each start, so that nothing of it stays; "
                     "key=kbs:///REPOSITORY/TYPE/TAG: encrypted and kept, by a key "
                     "that confidential guests get of their broker")
        ->allow_extra_args(false)
        ->type_name("OPTION");
    verb->add_option("-l,--label", create.labels, "Label")->allow_extra_args(false)->type_name("KEY[=VALUE]");
    verb->add_flag("--ignore", create.ignore, "No error when it exists");
    verb->add_option("NAME", create.name, "Name; default: made up");
    state.take[verb] = [&create]() -> Verb { return VolumeVerb(create); };
}

void declare_ls(CLI::App& group, ParseState& state) {
    CLI::App* verb = add_verb(group, state, "ls", "List volumes");
    auto& ls = state.volumes.ls;
    verb->add_flag("-q,--quiet", ls.is_quiet, "Only names");
    verb->add_option("-f,--filter", ls.filters, "Only those with this: name, label or dangling")
        ->allow_extra_args(false)
        ->type_name("KEY=VALUE");
    state.take[verb] = [&ls]() -> Verb { return VolumeVerb(ls); };
}

void declare_rm_and_prune(CLI::App& group, ParseState& state) {
    CLI::App* rm = add_verb(group, state, "rm", "Remove volumes");
    auto& remove = state.volumes.rm;
    rm->add_flag("-f,--force", remove.force,
                 "With the containers that use them; no error for those that are not there");
    rm->add_flag("-a,--all", remove.all, "All volumes");
    rm->add_option("VOLUME", remove.volumes, "Names");
    state.take[rm] = [&remove]() -> Verb { return VolumeVerb(remove); };

    CLI::App* verb = add_verb(group, state, "prune", "Remove the volumes that no container uses");
    auto& prune = state.volumes.prune;
    verb->add_flag("-f,--force", prune.force, "Do not ask");
    verb->add_option("--filter", prune.filters, "Only those with this label")
        ->allow_extra_args(false)
        ->type_name("label=KEY[=VALUE]");
    state.take[verb] = [&prune]() -> Verb { return VolumeVerb(prune); };
}

} // namespace

void declare_volume_verbs(CLI::App& app, ParseState& state) {
    CLI::App* group = app.add_subcommand("volume", "Volumes: create, ls, inspect, rm, prune, exists, resize");
    group->set_help_flag("--help", "Show this help");
    declare_create(*group, state);
    declare_ls(*group, state);

    CLI::App* inspect = add_verb(*group, state, "inspect", "Show everything about volumes, as JSON");
    auto& shown = state.volumes.inspect;
    inspect->add_option("VOLUME", shown.volumes, "Names")->required();
    state.take[inspect] = [&shown]() -> Verb { return VolumeVerb(shown); };

    declare_rm_and_prune(*group, state);

    CLI::App* exists = add_verb(*group, state, "exists", "Exit with 0 when the volume exists, else with 1");
    auto& asked = state.volumes.exists;
    exists->add_option("VOLUME", asked.volume, "Name")->required();
    state.take[exists] = [&asked]() -> Verb { return VolumeVerb(asked); };

    CLI::App* resize = add_verb(*group, state, "resize", "Make a volume larger, also while it is in use");
    auto& resized = state.volumes.resize;
    resize->add_option("VOLUME", resized.volume, "Name")->required();
    resize->add_option("SIZE", resized.size, "Its new size, such as 20g")->required();
    state.take[resize] = [&resized]() -> Verb { return VolumeVerb(resized); };
}

void add_storage_flags(CLI::App& verb, RunOptions& run) {
    const auto repeated = [&verb](const char* flags, std::vector<std::string>& values, const char* help) {
        return verb.add_option(flags, values, help)->allow_extra_args(false);
    };
    repeated("-v,--volume", run.volumes, "Volume, or read-only snapshot of a PATH of the host")
        ->type_name("[NAME|PATH:]TARGET[:OPTIONS]");
    repeated("--mount", run.mounts,
             "The same in words: type=volume|tmpfs|bind,source=...,target=...,readonly")
        ->type_name("WORDS");
    repeated("--tmpfs", run.tmpfs, "Memory at a place: size=64m,mode=1777,ro,exec")
        ->type_name("TARGET[:OPTIONS]");
    verb.add_option("--shm-size", run.shm_size, "Size of /dev/shm; default 64m")->type_name("SIZE");
}

void add_privilege_flags(CLI::App& verb, RunOptions& run) {
    const auto repeated = [&verb](const char* flags, std::vector<std::string>& values, const char* help) {
        return verb.add_option(flags, values, help)->allow_extra_args(false);
    };
    repeated("--env-file", run.environment_files, "File of environment variables, one a line")
        ->type_name("FILE");
    repeated("--cap-add", run.added_capabilities, "Capability to add, or ALL")->type_name("NAME");
    repeated("--cap-drop", run.dropped_capabilities, "Capability to drop, or ALL")->type_name("NAME");
    verb.add_flag("--privileged", run.privileged, "Everything is allowed, inside the container's VM");
    verb.add_option("--runtime", run.runtime, "What isolates the container from the host")
        ->option_text("vm|confidential|gvisor|runc [vm]");
    verb.add_option("--initdata", run.initdata, "Of a confidential container: its policy and key broker")
        ->type_name("FILE");
    repeated("--ulimit", run.ulimits, "Limit of a process, such as nofile=1024:2048")
        ->type_name("NAME=SOFT[:HARD]");
    verb.add_option("--pod", run.pod, "Join this pod, whose network and VM it shares")->type_name("NAME");
    repeated("--device", run.devices, "Device of the VM's kernel, such as /dev/fuse")
        ->type_name("SOURCE[:TARGET][:rwm]");
    verb.add_option("--restart", run.restart, "When it ends by itself, and when the node comes back")
        ->option_text("no|on-failure[:N]|always|unless-stopped [no]");
}

} // namespace redoubt::ctl
