// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/backend/node_actions.hpp"

#include <format>

namespace redoubt::gui {
namespace {

using Tell = std::function<void(double done, std::string detail)>;

Status pull_image(NodeClient& client, const PullRequest& request, const Tell& tell) {
    return client.pull(request, [&tell](const PullProgress& progress) {
        const auto total = static_cast<double>(progress.total_bytes);
        tell(total > 0 ? static_cast<double>(progress.done_bytes) / total : -1.0, progress.phase);
        return true;
    });
}

Status run_container(NodeClient& client, const RunRequest& request, const Tell& tell) {
    tell(-1, "creating");
    auto id = client.create(request);
    if (!id && id.error().code == Code::not_found) {
        RDT_CHECK(pull_image(client, {request.image, request.plain_http}, tell));
        tell(-1, "creating");
        id = client.create(request);
    }
    if (!id) return std::unexpected(std::move(id).error());
    tell(-1, "starting");
    return client.start(*id, WorkloadKind::container);
}

} // namespace

NodeActions::NodeActions(NodeConnection& connection, JobList& jobs, QObject* parent)
    : QObject(parent), connection_(connection), jobs_(jobs), inbox_(this) {}

void NodeActions::perform(std::string title, std::function<Status(NodeClient&, const Tell&)> work) {
    const auto job = jobs_.begin(std::move(title));
    if (!connection_.client()) {
        jobs_.finish(job, fail(Code::unavailable, "no node is connected"));
        return;
    }
    const auto tell = [this, job, inbox = inbox_.share()](double done, std::string detail) {
        inbox->post([this, job, done, detail = std::move(detail)]() mutable {
            jobs_.progress(job, done, std::move(detail));
        });
    };
    connection_.ask(
        inbox_.share(), [work = std::move(work), tell](NodeClient& client) { return work(client, tell); },
        [this, job](const Status& result) { jobs_.finish(job, result); });
}

void NodeActions::perform(std::string title, std::function<Status(NodeClient&)> work) {
    perform(std::move(title),
            [work = std::move(work)](NodeClient& client, const Tell&) { return work(client); });
}

void NodeActions::start(const Workload& workload) {
    perform("Start " + workload.name,
            [id = workload.id, kind = workload.kind](NodeClient& client) { return client.start(id, kind); });
}

void NodeActions::stop(const Workload& workload) {
    perform("Stop " + workload.name,
            [id = workload.id, kind = workload.kind](NodeClient& client) { return client.stop(id, kind); });
}

void NodeActions::restart(const Workload& workload) {
    perform("Restart " + workload.name,
            [id = workload.id](NodeClient& client) { return client.restart(id); });
}

void NodeActions::pause(const Workload& workload) {
    perform("Pause " + workload.name, [id = workload.id](NodeClient& client) { return client.pause(id); });
}

void NodeActions::unpause(const Workload& workload) {
    perform("Resume " + workload.name, [id = workload.id](NodeClient& client) { return client.unpause(id); });
}

void NodeActions::remove(const Workload& workload) {
    perform("Remove " + workload.name,
            [id = workload.id, kind = workload.kind](NodeClient& client) { return client.remove(id, kind); });
}

void NodeActions::pull(const PullRequest& request) {
    perform("Pull " + request.reference,
            [request](NodeClient& client, const Tell& tell) { return pull_image(client, request, tell); });
}

void NodeActions::remove_image(const ImageRow& image) {
    perform("Remove image " + (image.names.empty() ? image.id : image.names),
            [id = image.id](NodeClient& client) { return client.remove_image(id); });
}

void NodeActions::run(const RunRequest& request) {
    perform("Run " + (request.name.empty() ? request.image : request.name),
            [request](NodeClient& client, const Tell& tell) { return run_container(client, request, tell); });
}

} // namespace redoubt::gui
