// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/start_pod.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/log/log.hpp"
#include "node-daemon/sandbox/all_at_once.hpp"
#include "node-daemon/sandbox/pod_member.hpp"
#include "node-daemon/sandbox/restart_policy.hpp"
#include "node-daemon/sandbox/start_container.hpp"
#include "node-daemon/sandbox/use_cases.hpp"

namespace redoubt::node::sandbox {
namespace {

using namespace std::chrono_literals;

constexpr unsigned k_init_tries = 6;
constexpr Duration k_first_pause = 500ms;

/// Keeps the pod's VM although nothing runs in it for a moment.
class Hold {
  public:
    explicit Hold(Pod& pod) : pod_(pod) { ++pod_.holds; }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    Hold(Hold&&) = delete;
    Hold& operator=(Hold&&) = delete;
    ~Hold() { --pod_.holds; }

  private:
    Pod& pod_;
};

Status check_goes_on(const Pod& pod) {
    if (!pod.is_stopping && !pod.is_being_removed) return {};
    return fail(Code::aborted, "pod '{}' is being stopped", pod.record.name);
}

/// To its end; a failure is tried again where the pod's policy says so.
Task<void> run_init(Node& node, std::shared_ptr<Pod> pod, std::shared_ptr<Container> container) {
    for (unsigned tries = 1;; ++tries) {
        RDT_CO_CHECK(check_goes_on(*pod));
        if (!is_active(*container)) RDT_CO_CHECK(co_await start(node, container));
        RDT_CO_CHECK(co_await wait_until_ended(container));
        RDT_CO_CHECK(check_goes_on(*pod));
        const auto& record = container->record;
        if (record.exit_code == 0) co_return Status{};
        if (pod->spec.restart == RestartPolicy::Kind::no || tries == k_init_tries)
            co_return fail(Code::aborted, "init container '{}' ended with {}{}{}", record.name,
                           record.exit_code, record.reason.empty() ? "" : ": ", record.reason);
        co_await sleep_for(k_first_pause * (1U << (tries - 1)));
    }
}

/// Whether its init containers have done their work in this VM.
bool is_initialized(const Pod& pod, const std::vector<std::shared_ptr<Container>>& members) {
    return pod.sandbox && std::ranges::all_of(members, [&pod](const auto& container) {
               const auto& record = container->record;
               return !container->spec.is_init ||
                      (container->state == ContainerState::exited && record.exit_code == 0 &&
                       record.started_at >= pod.record.started_at);
           });
}

bool is_due(const Container& container, StartedBy who) {
    if (container.spec.is_init || is_active(container) || container.is_being_removed) return false;
    return who == StartedBy::user || container.state == ContainerState::created ||
           wants_start_with_node(container);
}

Task<void> start_members(Node& node, std::shared_ptr<Pod> pod, StartedBy who) {
    const auto members = members_of(node, *pod);
    if (members.empty())
        co_return fail(Code::failed_precondition, "pod '{}' has no container", pod->record.name);
    std::vector<std::shared_ptr<Container>> due;
    std::ranges::copy_if(members, std::back_inserter(due),
                         [who](const auto& container) { return is_due(*container, who); });
    if (due.empty()) co_return Status{};
    if (!is_initialized(*pod, members))
        for (const auto& container : members)
            if (container->spec.is_init) RDT_CO_CHECK(co_await run_init(node, pod, container));
    for (const auto& container : due) {
        RDT_CO_CHECK(check_goes_on(*pod));
        if (is_due(*container, who)) RDT_CO_CHECK(co_await start(node, container, who));
    }
    co_return Status{};
}

asio::awaitable<void> stop_one(Node& node, ContainerId id, std::chrono::seconds timeout, Status& outcome) {
    const auto stopped = co_await stop_container(node, id.str(), timeout);
    if (!stopped && stopped.error().code != Code::not_found && outcome) outcome = stopped;
}

/// All at once, then the VM.
Task<void> stop_members(Node& node, std::shared_ptr<Pod> pod, std::chrono::seconds timeout) {
    Status outcome;
    std::vector<asio::awaitable<void>> stopping;
    for (const auto& container : members_of(node, *pod)) {
        if (container->spec.is_init && !is_active(*container)) continue;
        stopping.push_back(stop_one(node, container->record.id, timeout, outcome));
    }
    co_await all_at_once(std::move(stopping));
    co_return outcome;
}

asio::awaitable<void> save_or_log(Node& node, std::shared_ptr<Pod> pod) {
    const auto id = pod->record.id.str();
    if (const auto saved = co_await save(node, std::move(pod)); !saved)
        log::error(saved.error().message, {{"POD_ID", id}});
}

Task<void> start(Node& node, std::shared_ptr<Pod> pod, StartedBy who) {
    const auto turn = co_await pod->changes.lock();
    if (pod->is_being_removed)
        co_return fail(Code::failed_precondition, "pod '{}' is being removed", pod->record.name);
    pod->is_stopping = false;
    if (who == StartedBy::user) {
        pod->record.is_wanted = true;
        if (!pod->sandbox) pod->record.started_at = unix_now();
        RDT_CO_CHECK(co_await save(node, pod));
    }
    Status started;
    {
        const Hold hold(*pod);
        started = co_await start_members(node, pod, who);
        if (!started && who == StartedBy::user) {
            pod->record.is_wanted = false;
            co_await save_or_log(node, pod);
            const auto stopped = co_await stop_members(node, pod, 0s);
            if (!stopped) log::warning(stopped.error().message, {{"POD_ID", pod->record.id.str()}});
        }
    }
    co_await release_pod(node, pod);
    co_return started.transform_error(context("start pod '{}'", pod->record.name));
}

} // namespace

Task<void> start_pod(Node& node, std::string pod) {
    RDT_CO_TRY(auto found, find_pod(node, pod));
    co_return co_await start(node, std::move(found), StartedBy::user);
}

Task<void> stop_pod(Node& node, std::string pod, std::optional<std::chrono::seconds> timeout) {
    RDT_CO_TRY(const auto found, find_pod(node, pod));
    found->is_stopping = true;
    found->changed.pulse();
    found->record.is_wanted = false;
    co_await save_or_log(node, found);
    // A start under way holds the turn; it ends when what it starts does.
    auto stopped = co_await stop_members(node, found, timeout.value_or(found->spec.grace));
    const auto turn = co_await found->changes.lock();
    if (stopped) stopped = co_await stop_members(node, found, 0s);
    co_await end_pod(node, found);
    co_return stopped.transform_error(context("stop pod '{}'", found->record.name));
}

Task<void> kill_pod(Node& node, std::string pod, std::string signal) {
    RDT_CO_TRY(const auto found, find_pod(node, pod));
    bool has_any = false;
    for (const auto& container : members_of(node, *found)) {
        if (!running_sandbox(*container)) continue;
        has_any = true;
        const auto killed = co_await kill_container(node, container->record.id.str(), signal);
        // It may have ended just now.
        if (!killed && killed.error().code != Code::failed_precondition) co_return killed;
    }
    if (!has_any)
        co_return fail(Code::failed_precondition, "pod '{}' is not running: it is {}", found->record.name,
                       name_of(state_of(node, *found)));
    co_return Status{};
}

asio::awaitable<void> start_pods_with_node(Node& node) {
    std::vector<std::shared_ptr<Pod>> due;
    for (const auto& [id, pod] : node.pods)
        if (pod->record.is_wanted) due.push_back(pod);
    std::ranges::sort(due, {}, [](const auto& pod) { return pod->record.created_at; });
    for (const auto& pod : due) {
        if (node.is_leaving) co_return;
        if (!node.pods.contains(pod->record.id)) continue;
        if (const auto started = co_await start(node, pod, StartedBy::policy); !started)
            log::warning(started.error().message, {{"POD_ID", pod->record.id.str()}});
    }
}

} // namespace redoubt::node::sandbox
