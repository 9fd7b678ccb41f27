// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/models/workload_rules.hpp"

#include "gui/models/workload_model.hpp"

namespace redoubt::gui {
namespace {

bool is_up(const Workload& workload) {
    return workload.state == WorkloadState::running || workload.state == WorkloadState::degraded ||
           workload.state == WorkloadState::paused;
}

QString is_state(const Workload& workload) {
    return QStringLiteral("%1 is %2").arg(text_of(workload.name), text_of(name_of(workload.state)).toLower());
}

std::optional<QString> why_not_for(WorkloadVerb verb, const Workload& workload) {
    const bool is_busy =
        workload.state == WorkloadState::starting || workload.state == WorkloadState::stopping;
    const bool is_pod = workload.kind == WorkloadKind::pod;
    switch (verb) {
    case WorkloadVerb::start:
        if (is_busy || (is_up(workload) && workload.state != WorkloadState::degraded))
            return is_state(workload);
        return std::nullopt;
    case WorkloadVerb::stop:
        if (!is_up(workload) && workload.state != WorkloadState::starting) return is_state(workload);
        return std::nullopt;
    case WorkloadVerb::restart:
        if (is_pod) return QStringLiteral("Pods are stopped and started, not restarted");
        if (is_busy) return is_state(workload);
        return std::nullopt;
    case WorkloadVerb::pause:
    case WorkloadVerb::unpause: {
        if (is_pod) return QStringLiteral("Containers are paused, not pods");
        const auto from = verb == WorkloadVerb::pause ? WorkloadState::running : WorkloadState::paused;
        if (workload.state != from) return is_state(workload);
        return std::nullopt;
    }
    case WorkloadVerb::remove: return std::nullopt;
    case WorkloadVerb::logs:
        if (is_pod) return QStringLiteral("Each container of a pod has a log of its own");
        return std::nullopt;
    case WorkloadVerb::terminal:
        if (is_pod) return QStringLiteral("Choose a container of the pod");
        if (workload.state != WorkloadState::running) return is_state(workload);
        return std::nullopt;
    }
    return std::nullopt;
}

} // namespace

std::optional<QString> why_not_ask(LinkState link) {
    switch (link) {
    case LinkState::online: return std::nullopt;
    case LinkState::closed: return QStringLiteral("No node is connected");
    case LinkState::connecting: return QStringLiteral("The node has not answered yet");
    case LinkState::stale: return QStringLiteral("The node does not answer: what is shown is what was known");
    }
    return QStringLiteral("No node is connected");
}

std::optional<QString> why_not(WorkloadVerb verb, const Workload* workload, LinkState link) {
    if (auto reason = why_not_ask(link)) return reason;
    if (workload == nullptr) return QStringLiteral("Choose a workload first");
    return why_not_for(verb, *workload);
}

} // namespace redoubt::gui
