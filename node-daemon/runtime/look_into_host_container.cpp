// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <array>
#include <format>
#include <optional>
#include <sstream>
#include <utility>

#include "common/base/file.hpp"
#include "common/containers/process_list.hpp"
#include "node-daemon/runtime/bundle.hpp"
#include "node-daemon/runtime/host_container.hpp"

namespace redoubt::node::runtime {
namespace {

containers::ProcessInfo info_of(const ListedProcess& process) {
    containers::ProcessInfo info;
    info.pid = process.pid;
    info.ppid = process.ppid;
    info.uid = process.uid;
    info.user = std::to_string(process.uid);
    info.state = "?"; // gVisor does not say
    info.terminal = process.terminal;
    info.cpu_time_ns = process.cpu_time_ns;
    info.name = process.name;
    info.command = {process.name};
    return info;
}

/// "  eth0: 1 2 3 ..." Source: proc(5), the first and the ninth number are bytes.
std::optional<InterfaceCounters> parse_interface(const std::string& line) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) return std::nullopt;
    std::istringstream words(line.substr(colon + 1));
    std::array<std::uint64_t, 9> numbers{};
    for (auto& number : numbers)
        if (!(words >> number)) return std::nullopt;
    const auto begin = std::min(line.find_first_not_of(' '), colon);
    return InterfaceCounters{.name = line.substr(begin, colon - begin),
                             .received_bytes = numbers.front(),
                             .sent_bytes = numbers.back()};
}

} // namespace

std::vector<InterfaceCounters> parse_interface_counters(std::string_view text) {
    std::vector<InterfaceCounters> all;
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);)
        if (auto counters = parse_interface(line)) all.push_back(std::move(*counters));
    return all;
}

std::vector<InterfaceCounters> HostContainer::interface_counters() const {
    if (!init_) return {};
    return parse_interface_counters(read_file(std::format("/proc/{}/net/dev", init_->pid())).value_or(""));
}

Task<UsageReport> HostContainer::stats(ContainerId id) {
    RDT_CO_CHECK(expect(id));
    RDT_CO_TRY(const auto outcome, co_await call("stats", command_.stats()));
    RDT_CO_TRY(auto report, parse_usage(outcome.output));
    if (report.memory_limit_bytes == 0)
        report.memory_limit_bytes = static_cast<std::uint64_t>(spec_.linux_part.resources.memory_limit);
    if (report.pids_limit == 0)
        report.pids_limit = static_cast<std::uint64_t>(spec_.linux_part.resources.pids_limit);
    co_return report;
}

Task<void> HostContainer::update(ContainerId id, oci::Resources resources) {
    RDT_CO_CHECK(expect(id));
    if (command_.is_gvisor())
        co_return fail(
            Code::failed_precondition,
            "gVisor cannot change the limits of a container that runs: stop the container, update it "
            "and start it again");
    RDT_CO_CHECK(co_await call("update", command_.update(), render_resources(resources)));
    auto& known = spec_.linux_part.resources;
    if (resources.memory_limit != 0) known.memory_limit = resources.memory_limit;
    co_return Status{};
}

Result<containers::RunningContainer> HostContainer::running(const ContainerId& id) const {
    RDT_CHECK(expect(id));
    if (state_ != State::running || init_->exit_code())
        return fail(Code::failed_precondition, "container '{}' is not running", id);
    containers::RunningContainer view{.id = id,
                                      .init = init_->pid(),
                                      .root = std::format("/proc/{}/root", init_->pid()),
                                      .cgroup = {},
                                      .layers = layers_,
                                      .spec = spec_};
    if (command_.is_gvisor()) {
        view.root = (settings_.folder / "view").native();
        view.unseen = list_unseen_places(spec_);
    }
    return view;
}

Task<std::vector<containers::ProcessInfo>> HostContainer::list_processes(ContainerId id) {
    RDT_CO_TRY(const auto view, running(id));
    if (!command_.is_gvisor()) co_return containers::list_processes(view.init, view.cgroup);
    RDT_CO_TRY(const auto outcome, co_await call("ps", command_.list_processes()));
    std::vector<containers::ProcessInfo> processes;
    for (const auto& process : parse_process_table(outcome.output)) processes.push_back(info_of(process));
    std::ranges::sort(processes, {}, &containers::ProcessInfo::pid);
    co_return processes;
}

} // namespace redoubt::node::runtime
