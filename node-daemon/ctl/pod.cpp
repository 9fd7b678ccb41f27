// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// `redoubtctl pod`: create, ps, inspect, start, stop, kill, rm, logs, top.

#include <unistd.h>

#include <algorithm>
#include <thread>
#include <variant>

#include "common/base/file.hpp"
#include "common/base/overload.hpp"
#include "node-daemon/ctl/each_container.hpp"
#include "node-daemon/ctl/exit_code.hpp"
#include "node-daemon/ctl/json_output.hpp"
#include "node-daemon/ctl/log_lines.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/pod_output.hpp"
#include "node-daemon/ctl/port_mapping.hpp"
#include "node-daemon/ctl/process_table.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {
namespace {

struct Pair {
    std::string key;
    std::string value;
    bool has_value = false;
};

Pair split(const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) return {text, ""};
    return {text.substr(0, equals), text.substr(equals + 1), true};
}

Result<int> create(Context context, const PodCreateOptions& options) {
    pb::PodSpec spec;
    spec.set_name(options.name);
    spec.set_hostname(options.hostname);
    for (const auto& network : options.networks) spec.add_networks(network);
    for (const auto& port : options.ports) {
        RDT_TRY(*spec.add_ports(), parse_port_mapping(port));
    }
    for (const auto& label : options.labels) {
        const auto pair = split(label);
        if (pair.key.empty()) return fail(Code::invalid_argument, "--label '{}': a key is needed", label);
        (*spec.mutable_labels())[pair.key] = pair.value;
    }
    RDT_TRY(const auto id, context.client.create_pod(spec));
    RDT_CHECK(print(context.json ? id_json(id) : id + "\n"));
    return 0;
}

Result<bool> matches(const pb::PodSummary& pod, const std::string& filter) {
    const auto pair = split(filter);
    if (pair.key == "name") return pod.name().contains(pair.value);
    if (pair.key == "id") return pod.id().starts_with(pair.value);
    if (pair.key == "status") return name_of_state(pod.state()) == pair.value;
    if (pair.key == "label") {
        const auto wanted = split(pair.value);
        const auto found = pod.labels().find(wanted.key);
        return found != pod.labels().end() && (!wanted.has_value || found->second == wanted.value);
    }
    return fail(Code::invalid_argument, "--filter '{}': not name=, id=, label= or status=", filter);
}

Result<int> list(Context context, const PodPsOptions& options) {
    RDT_TRY(const auto response, context.client.list_pods());
    std::vector<pb::PodSummary> chosen;
    for (const auto& pod : response.pods()) {
        bool is_wanted = true;
        for (const auto& filter : options.filters) {
            RDT_TRY(const bool matched, matches(pod, filter));
            is_wanted = is_wanted && matched;
        }
        if (is_wanted) chosen.push_back(pod);
    }
    const auto truncate = options.no_trunc ? Truncate::no : Truncate::yes;
    std::string text;
    if (context.json)
        text = pods_json(chosen);
    else if (options.is_quiet)
        for (const auto& pod : chosen) text += (options.no_trunc ? pod.id() : short_id(pod.id())) + "\n";
    else
        text = render_pods(chosen, unix_now(), truncate);
    RDT_CHECK(print(text));
    return 0;
}

Result<int> inspect_all(Context context, const PodInspectOptions& options) {
    std::vector<pb::InspectPodResponse> found;
    const auto inspect_one = [&](const std::string& name) -> Status {
        RDT_TRY(auto pod, context.client.inspect_pod(name));
        found.push_back(std::move(pod));
        return {};
    };
    const auto outcome = for_each_name(options.pods, inspect_one, exit_code_of);
    RDT_CHECK(print(pod_details_json(found)));
    return outcome.exit_code;
}

Result<int> report_pods(Context context, const Outcome& outcome) {
    std::string text;
    for (const auto& name : outcome.done) text += name + "\n";
    RDT_CHECK(print(context.json ? touched_pods_json(outcome.done) : text));
    return outcome.exit_code;
}

/// Those named, or with --all all that `wanted` says.
template <class Wanted>
Result<std::vector<std::string>> choose(Context context, const std::vector<std::string>& named, bool all,
                                        Wanted wanted) {
    if (all != named.empty()) return fail(Code::invalid_argument, "name pods or say --all, one of the two");
    if (!all) return named;
    RDT_TRY(const auto response, context.client.list_pods());
    std::vector<std::string> names;
    for (const auto& pod : response.pods())
        if (wanted(pod.state())) names.push_back(pod.name());
    return names;
}

bool runs(pb::PodState state) {
    return state == pb::POD_RUNNING || state == pb::POD_DEGRADED;
}

Result<int> start_all(Context context, const PodStartOptions& options) {
    RDT_TRY(const auto pods,
            choose(context, options.pods, options.all, [](pb::PodState state) { return !runs(state); }));
    const auto start_one = [&](const std::string& pod) { return context.client.start_pod(pod); };
    return report_pods(context, for_each_name(pods, start_one, exit_code_of));
}

Result<int> stop_all(Context context, const PodStopOptions& options) {
    RDT_TRY(const auto pods, choose(context, options.pods, options.all, runs));
    const auto stop_one = [&](const std::string& pod) {
        return context.client.stop_pod(pod, options.timeout_seconds);
    };
    return report_pods(context, for_each_name(pods, stop_one, exit_code_of));
}

Result<int> kill_all(Context context, const PodKillOptions& options) {
    RDT_TRY(const auto pods, choose(context, options.pods, options.all, runs));
    const auto kill_one = [&](const std::string& pod) {
        return context.client.kill_pod(pod, options.signal);
    };
    return report_pods(context, for_each_name(pods, kill_one, exit_code_of));
}

Result<int> remove_all(Context context, const PodRmOptions& options) {
    RDT_TRY(const auto pods, choose(context, options.pods, options.all, [](pb::PodState) { return true; }));
    const auto remove_one = [&](const std::string& pod) -> Status {
        auto removed = context.client.remove_pod(pod, options.force);
        if (!removed && options.force && removed.error().code == Code::not_found) return {};
        return removed;
    };
    return report_pods(context, for_each_name(pods, remove_one, exit_code_of));
}

/// A container of the pod, by its own name or by the one it has in the pod.
bool is_called(const pb::PodSummary& pod, const pb::ContainerSummary& container, const std::string& name) {
    return container.name() == name || container.name() == pod.name() + "-" + name ||
           container.id().starts_with(name);
}

Result<int> logs(Context context, const PodLogsOptions& options) {
    RDT_TRY(const auto pod, context.client.inspect_pod(options.pod));
    std::vector<pb::ContainerSummary> chosen;
    for (const auto& container : pod.summary().containers())
        if (options.container.empty() || is_called(pod.summary(), container, options.container))
            chosen.push_back(container);
    if (chosen.empty() && !options.container.empty())
        return fail(Code::not_found, "pod '{}' has no container '{}'", pod.summary().name(),
                    options.container);
    RDT_TRY(const auto request, make_logs_request(options.follow, options.tail, options.since));
    const auto show_one = [&](const pb::ContainerSummary& container) -> Status {
        auto wanted = request;
        wanted.set_container(container.id());
        const auto prefix = options.container.empty() ? container.name() + ": " : "";
        return context.client.logs(wanted, [&](const pb::LogsResponse& line) {
            return show_log_line(line, prefix, options.timestamps, context.json);
        });
    };
    std::vector<Status> outcomes(chosen.size());
    {
        // Those that are followed speak at once.
        std::vector<std::jthread> readers;
        for (std::size_t i = 0; i < chosen.size(); ++i) {
            if (options.follow)
                readers.emplace_back([&, i] { outcomes[i] = show_one(chosen[i]); });
            else
                outcomes[i] = show_one(chosen[i]);
        }
    }
    for (const auto& outcome : outcomes) RDT_CHECK(outcome);
    return 0;
}

Result<int> top(Context context, const PodTopOptions& options) {
    RDT_CHECK(render_processes({}, options.columns));
    RDT_TRY(const auto pod, context.client.inspect_pod(options.pod));
    pb::TopContainerResponse all;
    for (const auto& container : pod.summary().containers()) {
        if (container.state() != pb::RUNNING) continue;
        RDT_TRY(const auto processes, context.client.top_container(container.id()));
        all.mutable_processes()->MergeFrom(processes.processes());
    }
    RDT_TRY(const auto text, render_processes(all, options.columns));
    RDT_CHECK(print(context.json ? processes_json(all) : text));
    return 0;
}

} // namespace

Result<int> pod(Context context, const PodVerb& verb) {
    return std::visit(Overload{
                          [&](const PodCreateOptions& options) { return create(context, options); },
                          [&](const PodPsOptions& options) { return list(context, options); },
                          [&](const PodInspectOptions& options) { return inspect_all(context, options); },
                          [&](const PodStartOptions& options) { return start_all(context, options); },
                          [&](const PodStopOptions& options) { return stop_all(context, options); },
                          [&](const PodKillOptions& options) { return kill_all(context, options); },
                          [&](const PodRmOptions& options) { return remove_all(context, options); },
                          [&](const PodLogsOptions& options) { return logs(context, options); },
                          [&](const PodTopOptions& options) { return top(context, options); },
                      },
                      verb);
}

} // namespace redoubt::ctl
