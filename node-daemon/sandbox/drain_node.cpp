// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/drain_node.hpp"

#include <filesystem>
#include <vector>

#include "common/async/task_scope.hpp"
#include "common/base/file.hpp"
#include "common/log/log.hpp"
#include "node-daemon/sandbox/node.hpp"
#include "node-daemon/sandbox/use_cases.hpp"

namespace redoubt::node::sandbox {
namespace {

constexpr int k_at_once = 4;

std::filesystem::path mark_of(const Node& node) {
    return node.settings.state_directory / "drained";
}

Status remove_mark(const Node& node) {
    std::error_code error;
    std::filesystem::remove(mark_of(node), error);
    if (error) return fail_errno(error.value(), "remove {}", mark_of(node).native());
    return {};
}

void publish_node(Node& node, std::string action) {
    NodeEvent event;
    event.type = "node";
    event.action = std::move(action);
    event.name = node.settings.host.hostname;
    node.events.publish(std::move(event));
}

/// What several workers share. Lives in drain_node(), which joins them.
struct Drain {
    Node& node;
    DrainOptions options;
    std::vector<ContainerId> waiting;
    DrainProgress progress;
    Status outcome;

    [[nodiscard]] bool goes_on() const {
        return !waiting.empty() && !(options.is_cancelled && options.is_cancelled());
    }
};

asio::awaitable<void> stop_some(Drain& drain) {
    while (drain.goes_on()) {
        const auto id = std::move(drain.waiting.back());
        drain.waiting.pop_back();
        const auto stopped = co_await stop_container(drain.node, id.str(), drain.options.timeout);
        // One that was removed meanwhile does not run either.
        if (!stopped && stopped.error().code != Code::not_found && drain.outcome) drain.outcome = stopped;
        ++drain.progress.stopped;
        if (drain.options.progress) drain.options.progress(drain.progress);
    }
}

} // namespace

bool is_drained(const Node& node) {
    std::error_code ignored;
    return std::filesystem::exists(mark_of(node), ignored);
}

Task<void> drain_node(Node& node, DrainOptions options) {
    RDT_CO_CHECK(write_file(mark_of(node), ""));
    Drain drain{.node = node, .options = std::move(options), .waiting = {}, .progress = {}, .outcome = {}};
    for (const auto& running : list_containers(node, ListScope::running)) drain.waiting.push_back(running.id);
    drain.progress.total = drain.waiting.size();
    if (drain.options.progress) drain.options.progress(drain.progress);
    TaskScope workers(node.executor);
    for (int i = 0; i < k_at_once; ++i) workers.spawn(stop_some(drain));
    co_await workers.join();
    co_await empty_pool(node);
    if (!drain.waiting.empty()) {
        RDT_CO_CHECK(remove_mark(node));
        co_return fail(Code::cancelled, "drain: cancelled with {} containers running", drain.waiting.size());
    }
    publish_node(node, "drain");
    log::info("node drained");
    co_return drain.outcome.transform_error(context("drain"));
}

Task<void> resume_node(Node& node) {
    if (!is_drained(node)) co_return Status();
    RDT_CO_CHECK(remove_mark(node));
    publish_node(node, "resume");
    log::info("node resumed");
    co_return Status();
}

} // namespace redoubt::node::sandbox
