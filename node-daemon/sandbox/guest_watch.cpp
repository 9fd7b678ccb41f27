// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/guest_watch.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "common/log/log.hpp"
#include "common/process/process_state.hpp"
#include "node-daemon/sandbox/node.hpp"

namespace redoubt::node::sandbox {
namespace {

using namespace std::chrono_literals;
using asio::experimental::awaitable_operators::operator||;

// How often a guest is looked at: with what it takes to notice, well within five seconds.
constexpr Duration k_interval = 1s;
constexpr std::ptrdiff_t k_looks_in_an_interval = 20;
constexpr Duration k_end_grace = 1s;

constexpr auto k_stopped = "the VM stands still: its process was stopped by a signal";

Duration silence_of(const Node& node) {
    return std::min(node.settings.guest_silence, node.settings.guest_patience);
}

/// Each look wakes an idle guest up. A node with many looks at each less often, so that all looks together
/// cost no more than those at twenty do.
Duration interval_of(const Node& node) {
    const auto watched = std::ranges::count_if(
        node.containers, [](const auto& entry) { return entry.second->sandbox != nullptr; });
    return k_interval * std::max<std::ptrdiff_t>(1, watched / k_looks_in_an_interval);
}

/// Why nothing is to be expected of the guest just now; empty when it is well, or its link has gone, which
/// whoever uses it notices. Waits for the guest's answer.
Task<std::string> find_trouble(std::shared_ptr<PodSandbox> sandbox, Duration patience) {
    if (sandbox->vm && process::is_stopped(sandbox->vm->record().pid)) co_return std::string(k_stopped);
    const auto agent = sandbox->agent;
    if (!agent) co_return std::string();
    const auto answered = co_await agent->check_health(patience);
    if (answered || answered.error().code != Code::deadline_exceeded) co_return std::string();
    if (sandbox->vm && process::is_stopped(sandbox->vm->record().pid)) co_return std::string(k_stopped);
    co_return "its agent does not answer: " + answered.error().message;
}

/// Returns when the guest can do nothing more, with the reason. Of one that is silent this is said long
/// before it is given up.
Task<std::string> wait_for_trouble(Node& node, std::shared_ptr<PodSandbox> sandbox) {
    for (;;) {
        co_await sleep_for(k_interval);
        RDT_CO_TRY(auto trouble, co_await find_trouble(sandbox, silence_of(node)));
        if (trouble.empty()) continue;
        if (trouble == k_stopped) co_return trouble;
        sandbox->trouble = std::move(trouble);
        RDT_CO_TRY(trouble, co_await find_trouble(sandbox, node.settings.guest_patience));
        if (!trouble.empty()) co_return trouble;
        sandbox->trouble.clear();
    }
}

/// A link that breaks does so most often because the VM ends; that takes a moment to be noticed.
Task<std::string> explain_lost_link(std::shared_ptr<PodSandbox> sandbox, std::string message) {
    if (!sandbox->vm) co_return message;
    const auto end = co_await within(k_end_grace, "VM", sandbox->vm->wait());
    co_return end ? "the VM has ended: " + end->reason : message;
}

Error blame(const PodSandbox& sandbox, const std::string& phase, Code code, const std::string& why) {
    return {code, phase + ": " + why + console_lines(sandbox)};
}

void say(Node& node, const Container& container, const std::string& trouble) {
    if (trouble.empty()) {
        log::info("the guest answers again", {{"CONTAINER_ID", container.record.id.str()}});
        return publish(node, container, "responsive");
    }
    log::warning("the guest is silent", {{"CONTAINER_ID", container.record.id.str()}, {"REASON", trouble}});
    publish(node, container, "unresponsive", {{"reason", trouble}});
}

} // namespace

std::string console_lines(const PodSandbox& sandbox) {
    constexpr std::size_t k_most = 600;
    if (!sandbox.vm) return {};
    auto tail = sandbox.vm->console_tail();
    while (!tail.empty() && (tail.back() == '\n' || tail.back() == '\r')) tail.pop_back();
    if (tail.empty()) return "; its console is empty";
    if (tail.size() > k_most) tail.erase(0, tail.size() - k_most);
    return "; its console ends with:\n" + tail;
}

Task<void> in_phase(Node& node, std::shared_ptr<PodSandbox> sandbox, std::string phase, Task<void> step) {
    auto outcome = co_await (std::move(step) || wait_for_trouble(node, sandbox));
    if (const auto* trouble = std::get_if<1>(&outcome)) {
        if (!*trouble) co_return std::unexpected(trouble->error());
        co_return std::unexpected(blame(*sandbox, phase, Code::unavailable, **trouble));
    }
    auto& done = std::get<0>(outcome);
    if (done) {
        sandbox->trouble.clear();
        co_return Status{};
    }
    const auto& error = done.error();
    if (error.code == Code::unavailable) {
        RDT_CO_TRY(const auto why, co_await explain_lost_link(sandbox, error.message));
        co_return std::unexpected(blame(*sandbox, phase, error.code, why));
    }
    if (error.code == Code::deadline_exceeded)
        co_return std::unexpected(blame(*sandbox, phase, error.code, error.message));
    co_return std::unexpected(error.within(phase));
}

asio::awaitable<void> watch_guest(Node& node, std::shared_ptr<Container> container,
                                  std::shared_ptr<PodSandbox> sandbox) {
    std::string said;
    while (!sandbox->is_draining) {
        const auto ended = co_await within(interval_of(node), "VM", sandbox->vm->wait());
        if (ended || ended.error().code != Code::deadline_exceeded) co_return;
        auto trouble = co_await find_trouble(sandbox, silence_of(node));
        const auto cancellation = co_await asio::this_coro::cancellation_state;
        if (cancellation.cancelled() != asio::cancellation_type::none) co_return;
        if (!trouble || sandbox->is_closed) continue;
        const bool is_new = trouble->empty() != said.empty();
        sandbox->trouble = said = std::move(*trouble);
        if (is_new) say(node, *container, said);
    }
}

} // namespace redoubt::node::sandbox
