// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/systemd_unit.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <format>
#include <limits>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "node-daemon/ctl/mount_flags.hpp"
#include "node-daemon/ctl/table.hpp"

namespace redoubt::ctl {
namespace {

constexpr auto k_program = "/usr/bin/redoubtctl";
/// What stop takes beside its own time: the VM's end, and a busy machine.
constexpr std::uint32_t k_stop_margin_seconds = 60;

using Words = std::vector<std::string>;

void add(Words& words, const std::string& flag, const std::string& value) {
    if (value.empty()) return;
    words.push_back(flag);
    words.push_back(value);
}

std::string mapping_text(const pb::PortMapping& port) {
    const bool is_v6 = port.host_ip().contains(':');
    const std::string address = port.host_ip().empty() ? ""
                                : is_v6                ? "[" + port.host_ip() + "]:"
                                                       : port.host_ip() + ":";
    return std::format("{}{}:{}/{}", address, port.host_port(), port.container_port(),
                       port.protocol().empty() ? "tcp" : port.protocol());
}

void add_entrypoint(Words& words, const pb::ContainerSpec& spec) {
    if (spec.without_entrypoint()) {
        words.emplace_back("--entrypoint=");
    } else if (spec.entrypoint_size() == 1) {
        add(words, "--entrypoint", spec.entrypoint(0));
    } else if (spec.entrypoint_size() > 1) {
        boost::json::array array;
        for (const auto& word : spec.entrypoint()) array.emplace_back(word);
        add(words, "--entrypoint", boost::json::serialize(array));
    }
}

template <class Map>
void add_pairs(Words& words, const std::string& flag, const Map& map) {
    const std::map<std::string, std::string> sorted(map.begin(), map.end());
    for (const auto& [key, value] : sorted) add(words, flag, key + "=" + value);
}

void add_privileges(Words& words, const pb::ContainerSpec& spec) {
    if (spec.privileged()) words.emplace_back("--privileged");
    for (const auto& name : spec.added_capabilities()) add(words, "--cap-add", name);
    for (const auto& name : spec.dropped_capabilities()) add(words, "--cap-drop", name);
    constexpr auto k_none = std::numeric_limits<std::uint64_t>::max();
    const auto bound = [](std::uint64_t value) { return value == k_none ? "-1" : std::to_string(value); };
    for (const auto& limit : spec.ulimits())
        add(words, "--ulimit",
            std::format("{}={}:{}", limit.name(), bound(limit.soft()), bound(limit.hard())));
}

/// The command that makes such a container anew. Its restart policy is the unit's.
Result<Words> run_command(const pb::ContainerSpec& spec, const std::string& name) {
    Words words{k_program, "run", "--rm", "--sig-proxy=false", "--name", name};
    if (spec.terminal()) words.emplace_back("--tty");
    if (spec.read_only_rootfs()) words.emplace_back("--read-only");
    for (const auto& variable : spec.environment())
        add(words, "--env", variable.name() + "=" + variable.value());
    if (spec.memory_bytes() > 0) add(words, "--memory", std::to_string(spec.memory_bytes()));
    if (spec.cpus() > 0) add(words, "--cpus", std::format("{}", spec.cpus()));
    add(words, "--workdir", spec.working_directory());
    add(words, "--user", spec.user());
    add(words, "--hostname", spec.hostname());
    add_entrypoint(words, spec);
    add_pairs(words, "--label", spec.labels());
    add_pairs(words, "--annotation", spec.annotations());
    for (const auto& network : spec.networks()) add(words, "--network", network);
    for (const auto& port : spec.ports()) add(words, "--publish", mapping_text(port));
    for (const auto& mount : spec.mounts()) {
        RDT_TRY(const auto text, mount_flag_text(mount));
        add(words, "--mount", text);
    }
    if (spec.shm_bytes() > 0) add(words, "--shm-size", std::to_string(spec.shm_bytes()));
    add_privileges(words, spec);
    add(words, "--stop-signal", spec.stop_signal());
    if (spec.runtime() != "vm") add(words, "--runtime", spec.runtime());
    words.push_back(spec.image());
    words.insert(words.end(), spec.command().begin(), spec.command().end());
    return words;
}

enum class Dollar : std::uint8_t { doubled, plain };

std::string quote(const std::string& word, Dollar dollar) {
    const bool is_plain = !word.empty() && std::ranges::all_of(word, [](char c) {
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        return is_letter || std::string_view("-_=./:,@+[]").contains(c);
    });
    if (is_plain) return word;
    std::string quoted = "\"";
    for (const char c : word) {
        switch (c) {
        case '"': quoted += "\\\""; break;
        case '\\': quoted += "\\\\"; break;
        case '\n': quoted += "\\n"; break;
        case '\r': quoted += "\\r"; break;
        case '%': quoted += "%%"; break;
        case '$': quoted += dollar == Dollar::doubled ? "$$" : "$"; break;
        default: quoted += c;
        }
    }
    return quoted + "\"";
}

std::string exec_line(const std::string& key, const Words& words) {
    std::string line;
    for (const auto& word : words) line += (line.empty() ? "" : " ") + quote(word, Dollar::doubled);
    return key + "=" + line + "\n";
}

/// Values that go into the unit as they are must not begin a line of their own.
Status check_line(std::string_view flag, const std::string& value) {
    if (value.find_first_of("\n\r") != std::string::npos)
        return fail(Code::invalid_argument, "{}: a line break cannot stand in a unit", flag);
    return {};
}

Status check_lines(const GenerateSystemdOptions& options) {
    const std::array lists{std::pair{"--after", &options.after}, std::pair{"--wants", &options.wants},
                           std::pair{"--requires", &options.requires_units},
                           std::pair{"--env", &options.environment}};
    for (const auto& [flag, values] : lists)
        for (const auto& value : *values) RDT_CHECK(check_line(flag, value));
    return {};
}

std::string dependency(const std::string& key, std::string usual, const std::vector<std::string>& more) {
    for (const auto& unit : more) usual += (usual.empty() ? "" : " ") + unit;
    return usual.empty() ? "" : key + "=" + usual + "\n";
}

std::string unit_part(const std::string& container, const GenerateSystemdOptions& options) {
    constexpr auto k_usual = "network-online.target redoubtd.service";
    return "[Unit]\nDescription=Redoubt container " + container + "\nDocumentation=man:redoubtctl(1)\n" +
           dependency("Wants", k_usual, options.wants) + dependency("Requires", "", options.requires_units) +
           dependency("After", k_usual, options.after);
}

Result<std::string> commands(const pb::InspectContainerResponse& container,
                             const GenerateSystemdOptions& options) {
    const auto& name = container.summary().name();
    const auto& target = options.by_name || options.is_new ? name : container.summary().id();
    const Words stop{"stop", "--time", std::to_string(options.stop_seconds), target};
    if (!options.is_new) {
        return exec_line("ExecStart", {k_program, "start", "--attach", "--sig-proxy=false", target}) +
               exec_line("ExecStop", {k_program, stop[0], stop[1], stop[2], stop[3]});
    }
    RDT_TRY(const auto run, run_command(container.spec(), name));
    return exec_line("ExecStartPre", {k_program, "rm", "--force", target}) + exec_line("ExecStart", run) +
           exec_line("ExecStop", {k_program, stop[0], stop[1], stop[2], stop[3]}) +
           exec_line("ExecStopPost", {k_program, "rm", "--force", target});
}

Result<std::string> service_part(const pb::InspectContainerResponse& container,
                                 const GenerateSystemdOptions& options) {
    std::string text = "[Service]\nType=exec\n";
    for (const auto& variable : options.environment)
        text += "Environment=" + quote(variable, Dollar::plain) + "\n";
    text += "Restart=" + options.restart_policy + "\n";
    if (options.restart_seconds) text += std::format("RestartSec={}\n", *options.restart_seconds);
    text += std::format("TimeoutStopSec={}\n", options.stop_seconds + k_stop_margin_seconds);
    text += "SuccessExitStatus=143\n"; // ended by the stop signal, as wanted
    RDT_TRY(const auto started_by, commands(container, options));
    return text + started_by;
}

} // namespace

std::string quote_for_systemd(const std::string& word) {
    return quote(word, Dollar::doubled);
}

Result<SystemdUnit> make_systemd_unit(const pb::InspectContainerResponse& container,
                                      const GenerateSystemdOptions& options) {
    RDT_CHECK(check_lines(options));
    const auto& summary = container.summary();
    if (!options.is_new && container.spec().auto_remove())
        return fail(Code::failed_precondition,
                    "container '{}' is removed when it ends: its service could not start it again; use --new",
                    summary.name());
    SystemdUnit unit;
    unit.name =
        options.prefix + options.separator + (options.by_name ? summary.name() : summary.id()) + ".service";
    if (unit.name.find_first_of("/\n\r") != std::string::npos)
        return fail(Code::invalid_argument, "'{}' cannot be the name of a unit", unit.name);
    if (!options.no_header)
        unit.text =
            std::format("# {}\n# Made by redoubtctl {} generate systemd.\n\n", unit.name, REDOUBT_VERSION);
    RDT_TRY(const auto service, service_part(container, options));
    unit.text +=
        unit_part(summary.name(), options) + "\n" + service + "\n[Install]\nWantedBy=default.target\n";
    return unit;
}

} // namespace redoubt::ctl
