// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launcher/protocol/validate.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <variant>

#include "node-daemon/launch/vm_size.hpp"

namespace redoubt::node::launcher {
namespace {

constexpr std::size_t k_longest_id = 64;
constexpr std::size_t k_longest_name = 64;       // of interfaces and networks, whose own limits are narrower
constexpr std::size_t k_longest_host_name = 253; // RFC 1035, as text
constexpr std::size_t k_longest_cmdline = 2048;  // COMMAND_LINE_SIZE of Linux on x86
constexpr std::size_t k_longest_path = 107;      // sun_path of unix(7)
constexpr std::size_t k_sockets = 3;
constexpr std::size_t k_boot_files = 2;
constexpr std::size_t k_most_ports = 1024;
constexpr std::size_t k_most_names = 64;

bool is_lower_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_letter_or_digit(char c) {
    return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}

bool is_printable(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

/// Of networks, interfaces and hosts: no separator of any format it is written into, and no option.
bool is_plain_name(std::string_view text, std::size_t longest) {
    return !text.empty() && text.size() <= longest && is_letter_or_digit(text.front()) &&
           std::ranges::all_of(
               text, [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.'; });
}

bool is_plain_path(const std::filesystem::path& path) {
    const auto& text = path.native();
    return path.is_absolute() && text.size() <= k_longest_path && is_printable(text) &&
           path.lexically_normal() == path;
}

Status check_id(const SandboxId& id) {
    if (is_sandbox_id(id.str())) return {};
    return fail(Code::invalid_argument, "not the id of a sandbox");
}

Status check_network_name(std::string_view name) {
    if (is_plain_name(name, k_longest_name)) return {};
    return fail(Code::invalid_argument, "not the name of a network");
}

/// The rest of a VM's values are make_command()'s to check: it lets only plain names and numbers through.
Status check(const StartVm& start) {
    const auto& spec = start.spec;
    RDT_CHECK(check_id(spec.id));
    if (spec.cmdline.size() > k_longest_cmdline || !is_printable(spec.cmdline))
        return fail(Code::invalid_argument, "vm {}: kernel command line: {} printable characters at most",
                    spec.id, k_longest_cmdline);
    if (!is_plain_path(spec.runtime_directory))
        return fail(Code::invalid_argument, "vm {}: its folder is no plain absolute path", spec.id);
    if (spec.memory_bytes > launch::k_max_memory)
        return fail(Code::invalid_argument, "vm {}: memory of {} bytes, the most is {}", spec.id,
                    spec.memory_bytes, launch::k_max_memory);
    return {};
}

Status check_port(const launch::PortMapping& port) {
    constexpr std::array k_protocols{"tcp", "udp", "sctp"};
    const bool is_address = std::ranges::all_of(port.host_ip, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '.' ||
               c == ':';
    });
    if (!is_address || port.host_ip.size() > k_longest_name)
        return fail(Code::invalid_argument, "port: not an address of the host");
    if (!std::ranges::contains(k_protocols, port.protocol))
        return fail(Code::invalid_argument, "port: neither tcp, udp nor sctp");
    return {};
}

Status check(const Attach& attach) {
    const auto& request = attach.request;
    RDT_CHECK(check_id(request.sandbox));
    if (!is_plain_name(request.interface, k_longest_name))
        return fail(Code::invalid_argument, "not the name of an interface");
    RDT_CHECK(check_network_name(request.network));
    if (request.ports.size() > k_most_ports || request.names.size() > k_most_names)
        return fail(Code::invalid_argument, "more than {} ports, or {} names", k_most_ports, k_most_names);
    for (const auto& port : request.ports) RDT_CHECK(check_port(port));
    for (const auto& name : request.names)
        if (!is_plain_name(name, k_longest_host_name))
            return fail(Code::invalid_argument, "not a name for others on a network");
    return {};
}

Status check(const MakeTap& make) {
    RDT_CHECK(check_id(make.request.sandbox));
    if (!is_plain_name(make.request.interface, k_longest_name))
        return fail(Code::invalid_argument, "not the name of an interface");
    if (make.request.queues > launch::k_most_queues)
        return fail(Code::invalid_argument, "{} queues, the most is {}", make.request.queues,
                    launch::k_most_queues);
    return {};
}

Status check(const CollectGarbage& collect) {
    for (const auto& id : collect.living) RDT_CHECK(check_id(id));
    return {};
}

Status check(const CreateNetwork& create) {
    const auto& wanted = create.wanted;
    if (!wanted.name.empty()) {
        RDT_CHECK(check_network_name(wanted.name));
    }
    for (const auto& subnet : wanted.subnets)
        if (subnet.size() > k_longest_name || !is_printable(subnet))
            return fail(Code::invalid_argument, "not a subnet");
    return {};
}

Status check(const RemoveNetwork& remove) {
    return check_network_name(remove.name);
}

template <class Message>
Status check(const Message& message) {
    if constexpr (requires { message.sandbox; }) return check_id(message.sandbox);
    return {};
}

std::size_t count_of(const StartVm& start) {
    auto count = k_sockets + k_boot_files + (start.spec.has_relay ? 1 : 0) +
                 (start.spec.of_template ? 1 : 0) + start.spec.disks.size();
    for (const auto& network : start.spec.networks) count += network.tap_queues.size();
    return count;
}

} // namespace

bool is_sandbox_id(std::string_view text) {
    return !text.empty() && text.size() <= k_longest_id && is_lower_or_digit(text.front()) &&
           std::ranges::all_of(text, [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

std::size_t descriptors_of(const Request& request) {
    if (const auto* start = std::get_if<StartVm>(&request)) return count_of(*start);
    return std::holds_alternative<AdoptNamespace>(request) ? 1 : 0;
}

Status validate(const Request& request, std::size_t descriptors) {
    RDT_CHECK(std::visit([](const auto& message) { return check(message); }, request));
    const auto wanted = descriptors_of(request);
    if (descriptors != wanted)
        return fail(Code::invalid_argument, "{} descriptors, not {}", descriptors, wanted);
    return {};
}

} // namespace redoubt::node::launcher
