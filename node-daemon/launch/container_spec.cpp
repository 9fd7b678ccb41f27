// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launch/container_spec.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <format>
#include <string_view>
#include <utility>

#include "node-daemon/launch/container_devices.hpp"
#include "node-daemon/launch/container_mounts.hpp"
#include "node-daemon/launch/default_seccomp.hpp"
#include "node-daemon/launch/privileges.hpp"

namespace redoubt::node::launch {
namespace {

constexpr std::uint64_t k_mebibyte = 1U << 20U;
constexpr std::uint64_t k_min_memory = 6 * k_mebibyte; // podman's least, too
constexpr std::uint64_t k_cpu_period = 100'000;        // microseconds
constexpr double k_min_cpus = 0.01;                    // the kernel's least quota is 1 ms in a period
constexpr std::int64_t k_pids_limit = 2048;
constexpr std::size_t k_max_hostname = 64; // HOST_NAME_MAX
constexpr std::string_view k_default_path =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Lists that start from a default and take NAME=value entries over it, each name once, in the order first
/// named.
class Environment {
  public:
    void set(std::string entry) {
        const auto name = std::string_view(entry).substr(0, entry.find('=') + 1);
        const auto place =
            std::ranges::find_if(entries_, [&](const auto& known) { return known.starts_with(name); });
        if (place == entries_.end())
            entries_.push_back(std::move(entry));
        else
            *place = std::move(entry);
    }
    Status set_all(const std::vector<std::string>& entries, std::string_view whose) {
        for (const auto& entry : entries) {
            const auto name_end = entry.find('=');
            if (name_end == std::string::npos || name_end == 0 || entry.find('\0') != std::string::npos)
                return fail(Code::invalid_argument, "{}: environment '{}' is not NAME=value", whose, entry);
            set(entry);
        }
        return {};
    }
    [[nodiscard]] std::vector<std::string> take() && { return std::move(entries_); }

  private:
    std::vector<std::string> entries_;
};

Result<std::vector<std::string>> choose_arguments(const ContainerConfig& request, const ImageConfig& image) {
    // An entrypoint of one's own takes the image's command away: it was written for the image's entrypoint.
    const bool is_replaced = request.clear_entrypoint || !request.entrypoint.empty();
    auto arguments = is_replaced ? request.entrypoint : image.entrypoint;
    const auto& command = !request.command.empty() || is_replaced ? request.command : image.command;
    arguments.insert(arguments.end(), command.begin(), command.end());
    if (arguments.empty())
        return fail(Code::invalid_argument,
                    "no command or entrypoint provided, and no CMD or ENTRYPOINT from image {}", image.name);
    if (arguments.front().empty())
        return fail(Code::invalid_argument, "command: the program's name is empty");
    return arguments;
}

Result<std::string> choose_directory(const std::string& requested, const std::string& fallback) {
    const auto& chosen = requested.empty() ? fallback : requested;
    if (chosen.empty()) return std::string("/");
    if (!chosen.starts_with('/'))
        return fail(Code::invalid_argument, "working directory '{}' is not absolute", chosen);
    return chosen;
}

Result<std::string> choose_user(const std::string& requested, const std::string& fallback) {
    const auto& chosen = requested.empty() ? fallback : requested;
    const bool is_wrong = chosen.starts_with(':') || chosen.ends_with(':') ||
                          std::ranges::count(chosen, ':') > 1 ||
                          std::ranges::any_of(chosen, [](char c) { return c <= ' ' || c == '/'; });
    if (is_wrong) return fail(Code::invalid_argument, "user '{}' is not NAME|UID[:GROUP|GID]", chosen);
    return chosen;
}

Result<std::string> choose_hostname(const ContainerConfig& request) {
    auto name = request.hostname.empty() ? request.id.str().substr(0, 12) : request.hostname;
    const bool is_wrong = name.empty() || name.size() > k_max_hostname || name.starts_with('-') ||
                          !std::ranges::all_of(name, [](char c) {
                              return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                     (c >= '0' && c <= '9') || c == '-' || c == '.';
                          });
    if (is_wrong)
        return fail(Code::invalid_argument, "hostname '{}': letters, digits, '-' and '.', at most {}", name,
                    k_max_hostname);
    return name;
}

/// Nothing inheritable or ambient: a program run by another user than root starts without.
oci::Capabilities make_capabilities(const std::vector<std::string>& names) {
    return {.bounding = names, .effective = names, .inheritable = {}, .permitted = names, .ambient = {}};
}

Result<oci::Resources> make_resources(const ContainerConfig& request) {
    oci::Resources resources;
    resources.devices = make_device_rules(request);
    resources.pids_limit = k_pids_limit;
    if (request.memory_bytes != 0) {
        if (request.memory_bytes < k_min_memory)
            return fail(Code::invalid_argument, "memory of {} bytes: the least is {} MiB",
                        request.memory_bytes, k_min_memory / k_mebibyte);
        if (request.memory_bytes > static_cast<std::uint64_t>(INT64_MAX))
            return fail(Code::invalid_argument, "memory of {} bytes: too much", request.memory_bytes);
        resources.memory_limit = static_cast<std::int64_t>(request.memory_bytes);
        resources.memory_swap = resources.memory_limit; // memory and swap together: none to spare
    }
    if (!std::isfinite(request.cpus) || request.cpus < 0 || (request.cpus > 0 && request.cpus < k_min_cpus))
        return fail(Code::invalid_argument, "cpus of {}: the least is {}", request.cpus, k_min_cpus);
    if (request.cpus > 0) {
        resources.cpu_period = k_cpu_period;
        resources.cpu_quota = std::llround(std::min(request.cpus, 1e6) * static_cast<double>(k_cpu_period));
    }
    return resources;
}

Result<oci::Process> make_process(const ContainerConfig& request, const ImageConfig& image,
                                  const std::string& hostname) {
    oci::Process process;
    process.terminal = request.terminal;
    process.console_size = request.terminal_size;
    RDT_TRY(process.args, choose_arguments(request, image));
    RDT_TRY(process.cwd, choose_directory(request.working_directory, image.working_directory));
    RDT_TRY(process.user.username, choose_user(request.user, image.user));
    Environment environment;
    environment.set(std::string(k_default_path));
    if (request.terminal) environment.set("TERM=xterm");
    environment.set("HOSTNAME=" + hostname);
    environment.set("container=redoubt");
    RDT_CHECK(environment.set_all(image.environment, "image " + image.name));
    RDT_CHECK(environment.set_all(request.environment, "container"));
    process.env = std::move(environment).take();
    RDT_TRY(const auto capabilities, choose_capabilities(request));
    process.capabilities = make_capabilities(capabilities);
    RDT_TRY(process.rlimits, choose_limits(request));
    return process;
}

/// What keeps a container from breaking its own sandbox.
void protect(oci::Linux& part, const std::vector<std::string>& capabilities) {
    part.seccomp = make_seccomp(capabilities);
    part.masked_paths = {"/proc/acpi",        "/proc/asound",  "/proc/interrupts",
                         "/proc/kcore",       "/proc/keys",    "/proc/latency_stats",
                         "/proc/sched_debug", "/proc/scsi",    "/proc/timer_list",
                         "/proc/timer_stats", "/sys/firmware", "/sys/devices/virtual/powercap"};
    part.readonly_paths = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
}

} // namespace

Result<oci::Spec> make_container_spec(const ContainerConfig& request, const ImageConfig& image,
                                      const std::string& folder) {
    oci::Spec spec;
    RDT_TRY(spec.hostname, choose_hostname(request));
    RDT_TRY(spec.process, make_process(request, image, spec.hostname));
    spec.root_path = folder + "/rootfs";
    spec.root_readonly = request.read_only_rootfs;
    RDT_TRY(spec.mounts, make_container_mounts(request, folder));
    auto& part = spec.linux_part;
    RDT_TRY(part.resources, make_resources(request));
    RDT_TRY(auto devices, choose_devices(request));
    part.devices = std::move(devices.nodes);
    if (!request.privileged)
        for (auto& rule : devices.rules) part.resources.devices.push_back(std::move(rule));
    part.cgroups_path = "/redoubt/" + request.id.str();
    // No network namespace: the VM has one container, and the VM's network is the container's.
    part.namespaces = {{"pid", ""}, {"mount", ""}, {"ipc", ""}, {"uts", ""}, {"cgroup", ""}};
    if (!request.privileged) protect(part, spec.process.capabilities.bounding);
    return spec;
}

Result<oci::Process> make_exec_process(const oci::Spec& container, const ExecConfig& request) {
    auto process = container.process;
    if (request.command.empty() || request.command.front().empty())
        return fail(Code::invalid_argument, "exec: no command");
    process.args = request.command;
    process.terminal = request.terminal;
    process.console_size = request.terminal_size;
    RDT_TRY(process.cwd, choose_directory(request.working_directory, container.process.cwd));
    if (!request.user.empty()) {
        RDT_TRY(auto user, choose_user(request.user, ""));
        process.user = {};
        process.user.username = std::move(user);
    }
    Environment environment;
    if (request.terminal) environment.set("TERM=xterm");
    RDT_CHECK(environment.set_all(container.process.env, "container"));
    RDT_CHECK(environment.set_all(request.environment, "exec"));
    process.env = std::move(environment).take();
    return process;
}

} // namespace redoubt::node::launch
