// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/container_spec.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "common/base/file.hpp"
#include "common/config/quantity.hpp"
#include "common/initdata/initdata.hpp"
#include "node-daemon/ctl/json_output.hpp"
#include "node-daemon/ctl/limit_flags.hpp"
#include "node-daemon/ctl/mount_flags.hpp"
#include "node-daemon/ctl/port_mapping.hpp"
#include "node-daemon/ctl/registry_logins.hpp"

namespace redoubt::ctl {
namespace {

struct Pair {
    std::string name;
    std::string value;
    bool has_value = false;
};

Pair split(const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) return {text, "", false};
    return {text.substr(0, equals), text.substr(equals + 1), true};
}

template <class Target>
Status add_environment(const std::vector<std::string>& flags, const EnvironmentLookup& lookup,
                       Target& target) {
    for (const auto& flag : flags) {
        Pair pair = split(flag);
        if (pair.name.empty()) return fail(Code::invalid_argument, "--env '{}': a name is needed", flag);
        if (!pair.has_value) {
            const auto own = lookup(pair.name);
            if (!own) continue;
            pair.value = *own;
        }
        auto* variable = target.add_environment();
        variable->set_name(pair.name);
        variable->set_value(pair.value);
    }
    return {};
}

Status set_entrypoint(const RunOptions& options, pb::ContainerSpec& spec) {
    if (!options.entrypoint) return {};
    if (options.entrypoint->empty()) {
        spec.set_without_entrypoint(true);
    } else if (options.entrypoint->starts_with("[")) {
        RDT_TRY(const auto words,
                parse_json_strings(*options.entrypoint).transform_error(context("--entrypoint")));
        for (const auto& word : words) spec.add_entrypoint(word);
    } else {
        spec.add_entrypoint(*options.entrypoint);
    }
    return {};
}

Status set_resources(const RunOptions& options, pb::ContainerSpec& spec) {
    if (!options.memory.empty()) {
        RDT_TRY(const auto bytes, config::parse_size(options.memory).transform_error(context("--memory")));
        spec.set_memory_bytes(bytes);
    }
    if (!std::isfinite(options.cpus) || options.cpus < 0) {
        return fail(Code::invalid_argument, "--cpus {}: not a number of processors such as 1.5",
                    options.cpus);
    }
    spec.set_cpus(options.cpus);
    return {};
}

Status set_labels(const RunOptions& options, pb::ContainerSpec& spec) {
    for (const auto& flag : options.labels) {
        const Pair pair = split(flag);
        if (pair.name.empty()) return fail(Code::invalid_argument, "--label '{}': a key is needed", flag);
        (*spec.mutable_labels())[pair.name] = pair.value;
    }
    for (const auto& flag : options.annotations) {
        const Pair pair = split(flag);
        if (pair.name.empty() || !pair.has_value) {
            return fail(Code::invalid_argument, "--annotation '{}' is not KEY=VALUE", flag);
        }
        (*spec.mutable_annotations())[pair.name] = pair.value;
    }
    return {};
}

Status set_initdata(const RunOptions& options, pb::ContainerSpec& spec) {
    if (options.initdata.empty()) return {};
    if (options.runtime != "confidential")
        return fail(Code::invalid_argument, "--initdata is of --runtime confidential alone");
    RDT_TRY(const auto text,
            read_file(options.initdata, initdata::k_max_toml).transform_error(context("--initdata")));
    RDT_CHECK(initdata::Initdata::parse(text)
                  .transform([](const auto&) {})
                  .transform_error(context("--initdata {}", options.initdata)));
    RDT_TRY((*spec.mutable_annotations())[std::string(initdata::k_annotation)],
            initdata::make_annotation(text));
    return {};
}

Status set_network(const RunOptions& options, pb::ContainerSpec& spec) {
    spec.set_pod(options.pod);
    for (const auto& name : options.networks) spec.add_networks(name);
    for (const auto& flag : options.ports) {
        RDT_TRY(*spec.add_ports(), parse_port_mapping(flag));
    }
    return {};
}

Status set_mounts(const RunOptions& options, pb::ContainerSpec& spec) {
    for (const auto& flag : options.volumes) {
        RDT_TRY(*spec.add_mounts(), parse_volume_flag(flag));
    }
    for (const auto& flag : options.mounts) {
        RDT_TRY(*spec.add_mounts(), parse_mount_flag(flag));
    }
    for (const auto& flag : options.tmpfs) {
        RDT_TRY(*spec.add_mounts(), parse_tmpfs_flag(flag));
    }
    if (options.shm_size.empty()) return {};
    RDT_TRY(const auto bytes, config::parse_size(options.shm_size).transform_error(context("--shm-size")));
    spec.set_shm_bytes(bytes);
    return {};
}

Status set_privileges(const RunOptions& options, pb::ContainerSpec& spec) {
    for (const auto& name : options.added_capabilities) spec.add_added_capabilities(name);
    for (const auto& name : options.dropped_capabilities) spec.add_dropped_capabilities(name);
    spec.set_privileged(options.privileged);
    spec.set_runtime(options.runtime);
    for (const auto& flag : options.ulimits) {
        RDT_TRY(*spec.add_ulimits(), parse_ulimit(flag));
    }
    for (const auto& flag : options.devices) spec.add_devices(flag);
    RDT_TRY(*spec.mutable_restart(), parse_restart_policy(options.restart));
    return {};
}

/// Files first: what the command line says wins.
Status set_environment(const RunOptions& options, const EnvironmentLookup& lookup, pb::ContainerSpec& spec) {
    for (const auto& path : options.environment_files) {
        RDT_TRY(const auto lines, read_environment_file(path));
        RDT_CHECK(add_environment(lines, lookup, spec));
    }
    return add_environment(options.environment, lookup, spec);
}

/// Every *.crt of the folder, one behind the other, as podman's --cert-dir takes them.
Result<std::string> read_certificates(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        if (entry->path().extension() == ".crt") files.push_back(entry->path());
    }
    if (error) return fail_errno(error.value(), "--cert-dir {}", folder.string());
    if (files.empty())
        return fail(Code::invalid_argument, "--cert-dir {}: no *.crt file in it", folder.string());
    std::ranges::sort(files);
    std::string certificates;
    for (const auto& file : files) {
        RDT_TRY(const auto text, read_file(file).transform_error(context("--cert-dir")));
        certificates += text + "\n";
    }
    return certificates;
}

Status set_credentials(const std::string& flag, pb::PullImageRequest& request) {
    if (flag.empty()) return {};
    const auto colon = flag.find(':');
    // The text may be a password: it is not repeated.
    if (colon == std::string::npos || colon == 0)
        return fail(Code::invalid_argument, "--creds is not USER:PASSWORD");
    request.mutable_credentials()->set_username(flag.substr(0, colon));
    request.mutable_credentials()->set_password(flag.substr(colon + 1));
    return {};
}

} // namespace

Result<pb::ContainerSpec> make_container_spec(const RunOptions& options, std::optional<WindowSize> size,
                                              const EnvironmentLookup& lookup) {
    pb::ContainerSpec spec;
    spec.set_image(options.image);
    spec.set_name(options.name);
    for (const auto& word : options.command) spec.add_command(word);
    spec.set_working_directory(options.working_directory);
    spec.set_user(options.user);
    spec.set_terminal(options.stream.terminal);
    spec.set_stdin_open(options.stream.interactive);
    spec.set_read_only_rootfs(options.read_only);
    spec.set_hostname(options.hostname);
    spec.set_auto_remove(options.remove);
    spec.set_stop_signal(options.stop_signal);
    if (options.stream.terminal && size) {
        spec.set_terminal_rows(size->rows);
        spec.set_terminal_columns(size->columns);
    }
    RDT_CHECK(set_environment(options, lookup, spec));
    RDT_CHECK(set_mounts(options, spec));
    RDT_CHECK(set_privileges(options, spec));
    RDT_CHECK(set_entrypoint(options, spec));
    RDT_CHECK(set_resources(options, spec));
    RDT_CHECK(set_labels(options, spec));
    RDT_CHECK(set_initdata(options, spec));
    RDT_CHECK(set_network(options, spec));
    return spec;
}

Result<pb::ExecStart> make_exec_start(const ExecOptions& options, std::optional<WindowSize> size,
                                      const EnvironmentLookup& lookup) {
    pb::ExecStart start;
    start.set_container(options.container);
    for (const auto& word : options.command) start.add_command(word);
    RDT_CHECK(add_environment(options.environment, lookup, start));
    start.set_working_directory(options.working_directory);
    start.set_user(options.user);
    start.set_terminal(options.stream.terminal);
    start.set_stdin(options.stream.interactive);
    if (options.stream.terminal && size) {
        start.mutable_size()->set_rows(size->rows);
        start.mutable_size()->set_columns(size->columns);
    }
    return start;
}

Result<pb::PullImageRequest> make_pull_request(const std::string& reference, const RegistryOptions& options) {
    pb::PullImageRequest request;
    request.set_reference(reference);
    request.set_platform(options.platform);
    RDT_CHECK(set_credentials(options.credentials, request));
    if (options.credentials.empty()) {
        RDT_TRY(const auto login, find_login(reference, options.auth_file, own_environment));
        if (login) {
            request.mutable_credentials()->set_username(login->username);
            request.mutable_credentials()->set_password(login->password);
        }
    }
    RDT_TRY(const auto reach, make_reach(options));
    request.set_plain_http(reach.plain_http);
    request.set_ca_certificates(reach.ca_certificates);
    return request;
}

Result<RegistryReach> make_reach(const RegistryOptions& options) {
    std::string certificates;
    if (!options.ca_file.empty()) {
        RDT_TRY(certificates, read_file(options.ca_file).transform_error(context("--ca-file")));
    }
    if (!options.cert_dir.empty()) {
        RDT_TRY(const auto more, read_certificates(options.cert_dir));
        certificates += "\n" + more;
    }
    return RegistryReach{!options.verify_tls, std::move(certificates)};
}

std::optional<std::string> own_environment(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

} // namespace redoubt::ctl
