// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/api/decode.hpp"

#include <cmath>
#include <vector>

#include "node-daemon/api/decode_mounts.hpp"
#include "node-daemon/api/decode_pods.hpp"

namespace redoubt::node::api {
namespace {

// Linux's own limit for one argument (MAX_ARG_STRLEN); Source: execve(2).
constexpr std::size_t k_longest_word = 128U << 10U;

/// Words reach execve(2): it ends them at the first NUL.
Status check_words(std::string_view field, const google::protobuf::RepeatedPtrField<std::string>& words) {
    for (const auto& word : words) {
        if (word.find('\0') != std::string::npos)
            return fail(Code::invalid_argument, "{}: holds a NUL byte", field);
        if (word.size() > k_longest_word) {
            return fail(Code::invalid_argument, "{}: a word of {} bytes; at most {} are allowed", field,
                        word.size(), k_longest_word);
        }
    }
    return {};
}

Result<std::vector<std::string>>
decode_environment(const google::protobuf::RepeatedPtrField<pb::EnvironmentVariable>& variables) {
    std::vector<std::string> environment;
    for (const auto& variable : variables) {
        const bool is_name = !variable.name().empty() &&
                             variable.name().find_first_of(std::string("=\0", 2)) == std::string::npos;
        if (!is_name) return fail(Code::invalid_argument, "environment: '{}' is not a name", variable.name());
        if (variable.value().find('\0') != std::string::npos) {
            return fail(Code::invalid_argument, "environment: the value of '{}' holds a NUL byte",
                        variable.name());
        }
        environment.push_back(variable.name() + "=" + variable.value());
    }
    return environment;
}

template <class Words>
std::vector<std::string> as_vector(const Words& words) {
    return {words.begin(), words.end()};
}

} // namespace

Result<std::vector<launch::PortMapping>>
decode_ports(const google::protobuf::RepeatedPtrField<pb::PortMapping>& ports) {
    constexpr std::uint32_t k_highest = 65535;
    std::vector<launch::PortMapping> out;
    for (const auto& port : ports) {
        if (port.host_port() > k_highest || port.container_port() > k_highest)
            return fail(Code::invalid_argument, "ports: {}:{} is beyond {}", port.host_port(),
                        port.container_port(), k_highest);
        out.push_back({.host_ip = port.host_ip(),
                       .host_port = static_cast<std::uint16_t>(port.host_port()),
                       .container_port = static_cast<std::uint16_t>(port.container_port()),
                       .protocol = port.protocol().empty() ? "tcp" : port.protocol()});
    }
    return out;
}

Status require(std::string_view field, const std::string& value) {
    if (value.empty()) return fail(Code::invalid_argument, "{}: must not be empty", field);
    return {};
}

Result<sandbox::ContainerSpec> decode(const pb::ContainerSpec& spec) {
    RDT_CHECK(require("image", spec.image()));
    RDT_CHECK(check_words("entrypoint", spec.entrypoint()));
    RDT_CHECK(check_words("command", spec.command()));
    if (!std::isfinite(spec.cpus()) || spec.cpus() < 0) {
        return fail(Code::invalid_argument, "cpus: {} is not a number of processors", spec.cpus());
    }
    if (spec.without_entrypoint() && !spec.entrypoint().empty()) {
        return fail(Code::invalid_argument, "entrypoint: given although without_entrypoint is set");
    }
    RDT_TRY(auto environment, decode_environment(spec.environment()));
    RDT_TRY(auto ports, decode_ports(spec.ports()));
    RDT_TRY(auto mounts, decode_mounts(spec.mounts()));
    RDT_TRY(const auto restart, decode_restart(spec.restart()));
    RDT_TRY(auto probes, decode_probes(spec.probes()));
    constexpr std::uint32_t k_stop_seconds = 10;
    RDT_TRY(const auto level, launch::parse_isolation_level(spec.runtime()));
    return sandbox::ContainerSpec{
        .image = spec.image(),
        .name = spec.name(),
        .entrypoint = as_vector(spec.entrypoint()),
        .clear_entrypoint = spec.without_entrypoint(),
        .command = as_vector(spec.command()),
        .environment = std::move(environment),
        .working_directory = spec.working_directory(),
        .user = spec.user(),
        .terminal = spec.terminal(),
        .stdin_open = spec.stdin_open(),
        .read_only_rootfs = spec.read_only_rootfs(),
        .memory_bytes = spec.memory_bytes(),
        .cpus = spec.cpus(),
        .hostname = spec.hostname(),
        .auto_remove = spec.auto_remove(),
        .labels = {spec.labels().begin(), spec.labels().end()},
        .annotations = {spec.annotations().begin(), spec.annotations().end()},
        .terminal_size = {.rows = spec.terminal_rows(), .columns = spec.terminal_columns()},
        .stop_signal = spec.stop_signal(),
        .networks = as_vector(spec.networks()),
        .ports = std::move(ports),
        .mounts = std::move(mounts),
        .added_capabilities = as_vector(spec.added_capabilities()),
        .dropped_capabilities = as_vector(spec.dropped_capabilities()),
        .privileged = spec.privileged(),
        .shm_bytes = spec.shm_bytes(),
        .ulimits = decode_limits(spec.ulimits()),
        .devices = as_vector(spec.devices()),
        .restart = restart,
        .pod = spec.pod(),
        .is_init = spec.init(),
        .probes = std::move(probes),
        .stop_seconds = spec.stop_seconds() == 0 ? k_stop_seconds : spec.stop_seconds(),
        .level = level,
    };
}

Result<sandbox::AttachOptions> decode(const pb::AttachStart& start) {
    RDT_CHECK(require("container", start.container()));
    return sandbox::AttachOptions{
        .container = start.container(),
        .mode = start.start_container() ? sandbox::AttachMode::start_container : sandbox::AttachMode::running,
        .with_stdin = start.stdin(),
    };
}

Result<sandbox::ExecOptions> decode(const pb::ExecStart& start) {
    RDT_CHECK(require("container", start.container()));
    if (start.command().empty()) return fail(Code::invalid_argument, "command: must not be empty");
    RDT_CHECK(check_words("command", start.command()));
    RDT_TRY(auto environment, decode_environment(start.environment()));
    return sandbox::ExecOptions{
        .container = start.container(),
        .command = as_vector(start.command()),
        .environment = std::move(environment),
        .working_directory = start.working_directory(),
        .user = start.user(),
        .terminal = start.terminal(),
        .with_stdin = start.stdin(),
        .size = {.rows = start.size().rows(), .columns = start.size().columns()},
    };
}

Result<sandbox::LogOptions> decode(const pb::LogsRequest& request) {
    RDT_CHECK(require("container", request.container()));
    sandbox::LogOptions options{.follow = request.follow(), .tail = {}, .since = request.since()};
    if (request.has_tail()) options.tail = request.tail();
    return options;
}

Result<image::Credentials> decode(const pb::RegistryCredentials& credentials) {
    RDT_CHECK(require("credentials.username", credentials.username()));
    return image::Credentials{credentials.username(), credentials.password()};
}

Result<sandbox::PullRequest> decode(const pb::PullImageRequest& request) {
    RDT_CHECK(require("reference", request.reference()));
    sandbox::PullRequest out{
        .reference = request.reference(),
        .credentials = {},
        .is_insecure = request.plain_http(),
        .ca_certificates = request.ca_certificates(),
        .platform = request.platform(),
    };
    if (request.has_credentials()) {
        RDT_TRY(out.credentials, decode(request.credentials()));
    }
    return out;
}

Result<sandbox::LoginRequest> decode(const pb::CheckLoginRequest& request) {
    RDT_CHECK(require("registry", request.registry()));
    sandbox::LoginRequest out{.registry = request.registry(),
                              .credentials = {},
                              .is_insecure = request.plain_http(),
                              .ca_certificates = request.ca_certificates()};
    RDT_TRY(out.credentials, decode(request.credentials()));
    return out;
}

} // namespace redoubt::node::api
