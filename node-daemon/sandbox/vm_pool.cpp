// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/vm_pool.hpp"

#include <algorithm>
#include <format>
#include <map>
#include <optional>
#include <utility>

#include "common/async/async_unwind.hpp"
#include "common/log/log.hpp"
#include "node-daemon/launch/container_spec.hpp"
#include "node-daemon/sandbox/connect_network.hpp"
#include "node-daemon/sandbox/drain_node.hpp"
#include "node-daemon/sandbox/ledger.hpp"
#include "node-daemon/sandbox/node.hpp"
#include "node-daemon/sandbox/run_pod_sandbox.hpp"

namespace redoubt::node::sandbox {
namespace {

using namespace std::chrono_literals;
using asio::experimental::awaitable_operators::operator||;

constexpr auto k_rest = 60s;       // after a failure
constexpr auto k_look_again = 15s; // for kinds that nobody has asked for
constexpr auto k_close_limit = 10s;

/// Its own, for the time it is nobody's.
ContainerId owner_of(const WaitingVm& waiting) {
    return ContainerId(waiting.id.str());
}

std::size_t count_of(const VmPool& pool, const std::string& kind) {
    return static_cast<std::size_t>(
        std::ranges::count(pool.ready, kind, [](const auto& one) -> const auto& { return one->kind; }));
}

bool is_expected(const VmPool& pool, const std::string& kind) {
    return std::ranges::contains(pool.expected, kind, &ExpectedVm::kind);
}

/// What it is to a start of its kind: nothing of it is anybody's.
launch::VmSpec shape_of(launch::VmSpec spec) {
    spec.disks.clear();
    spec.of_template.reset();
    return spec;
}

/// The interfaces of a waiting VM in place of those that are not there yet.
bool take_interfaces(const launch::NetworkPlan& plan, const WaitingVm& waiting, launch::VmSpec& spec) {
    const auto& networks = waiting.spec.networks;
    if (networks.size() != plan.names.size()) return false;
    spec.networks = networks;
    return std::ranges::all_of(
        networks, [&plan](const auto& network) { return network.tap_queues.size() == plan.queues; });
}

Task<void> prepare_network(Node& node, std::shared_ptr<WaitingVm> waiting) {
    auto& networks = waiting->spec.networks;
    if (networks.empty()) co_return Status{};
    RDT_CO_CHECK(co_await note(node, k_network_namespace, waiting->id.str(), owner_of(*waiting)));
    RDT_CO_CHECK(co_await node.network.make_namespace(waiting->id));
    for (std::size_t i = 0; i < networks.size(); ++i) {
        network::TapRequest request{.sandbox = waiting->id,
                                    .interface = std::format("eth{}", i),
                                    .queues = static_cast<std::uint32_t>(networks[i].tap_queues.size()),
                                    .stage = network::TapStage::device};
        RDT_CO_TRY(auto tap, co_await node.network.make_tap(std::move(request)));
        networks[i].tap_queues.clear();
        for (const auto& queue : tap.queues) networks[i].tap_queues.push_back(queue.get());
        waiting->taps.push_back(std::move(tap.queues));
    }
    co_return Status{};
}

/// A container as they are by default, of which no one's is a part.
Task<void> rehearse(std::shared_ptr<WaitingVm> waiting) {
    launch::ContainerConfig config;
    config.id = ContainerId("rehearsal");
    config.command = {"/init", "--version"};
    agent_client::ContainerSpec container;
    container.id = config.id;
    RDT_CO_TRY(container.spec, launch::make_container_spec(config, {}, "/run/kata-containers/rehearsal"));
    std::vector<std::string> macs;
    macs.reserve(waiting->spec.networks.size());
    for (std::size_t i = 0; i < waiting->spec.networks.size(); ++i) macs.push_back(launch::template_mac(i));
    const auto done = co_await waiting->agent->rehearse(std::move(container), std::move(macs));
    // Another's agent has no such call.
    if (!done && done.error().code != Code::unimplemented) co_return std::unexpected(done.error());
    co_return Status{};
}

Task<void> begin_steps(Node& node, std::shared_ptr<WaitingVm> waiting) {
    const auto owner = owner_of(*waiting);
    RDT_CO_CHECK(co_await note(node, k_runtime_directory, waiting->runtime_directory, owner));
    RDT_CO_CHECK(co_await make_directory(node, waiting->runtime_directory, 0700));
    RDT_CO_CHECK(co_await prepare_network(node, waiting));
    RDT_CO_CHECK(co_await note(node, k_vm, waiting->id.str(), owner));
    RDT_CO_TRY(waiting->vm, co_await node.hypervisor.launch(waiting->spec));
    if (!waiting->vm->is_clone())
        co_return fail(Code::unavailable, "it has booted: there is no guest template");
    RDT_CO_TRY(waiting->agent, co_await connect_agent(node, waiting->vm));
    RDT_CO_CHECK(co_await rehearse(waiting));
    if (!fits(node, *waiting, waiting->spec))
        co_return fail(Code::unavailable, "the guest's kernel or initramfs was changed meanwhile");
    co_return Status{};
}

/// A VM that ends while it waits is nobody's trouble.
asio::awaitable<void> watch(Node& node, std::shared_ptr<WaitingVm> waiting) {
    auto& pool = node.vm_pool;
    while (!pool.is_closed && std::ranges::contains(pool.ready, waiting)) {
        const auto outcome = co_await (waiting->vm->wait() || pool.changed.wait());
        if (outcome.index() != 0 || !std::ranges::contains(pool.ready, waiting)) continue;
        log::warning("a VM that waited has ended", {{"SANDBOX_ID", waiting->id.str()}});
        pool.ready.remove(waiting);
        pool.rests_until = Clock::now() + k_rest;
        co_await put_away(node, waiting);
    }
}

asio::awaitable<void> begin_one(Node& node, ExpectedVm expected) {
    auto& pool = node.vm_pool;
    const SandboxId id(random_hex(8));
    auto waiting = std::make_shared<WaitingVm>(WaitingVm{.id = id,
                                                         .runtime_directory = node.sandbox_directory(id),
                                                         .spec = std::move(expected.spec),
                                                         .kind = std::move(expected.kind),
                                                         .taps = {},
                                                         .vm = nullptr,
                                                         .agent = nullptr});
    waiting->spec.id = id;
    waiting->spec.runtime_directory = waiting->runtime_directory;
    AsyncUnwind undo;
    undo.push([&node, waiting] { return put_away(node, waiting); });
    const auto begun = co_await begin_steps(node, waiting);
    co_await undo.finish(begun.has_value());
    if (!begun) {
        log::warning("no VM waits: " + begun.error().message, {{"SANDBOX_ID", id.str()}});
        pool.rests_until = Clock::now() + k_rest;
        co_return;
    }
    pool.ready.push_back(waiting);
    pool.tasks.spawn(watch(node, waiting));
}

/// How many of each kind are to wait: what was asked for last comes first, as far as the memory goes.
std::map<std::string, std::size_t> shares_of(const VmPool& pool) {
    std::map<std::string, std::size_t> shares;
    auto left = pool.memory_bytes;
    for (const auto& expected : pool.expected) {
        const auto each = std::max<std::uint64_t>(expected.spec.memory_bytes, 1);
        const auto share = std::min<std::uint64_t>(pool.size, left / each);
        shares[expected.kind] = static_cast<std::size_t>(share);
        left -= share * each;
    }
    return shares;
}

/// One that is beyond its kind's share, taken out; null when there is none.
std::shared_ptr<WaitingVm> take_excess(VmPool& pool) {
    auto shares = shares_of(pool);
    const auto found = std::ranges::find_if(pool.ready, [&](const auto& waiting) {
        return count_of(pool, waiting->kind) > shares[waiting->kind];
    });
    if (found == pool.ready.end()) return nullptr;
    auto taken = *found;
    pool.ready.erase(found);
    return taken;
}

/// Of the kind asked for last that has less than its share.
std::optional<ExpectedVm> find_missing(const VmPool& pool) {
    auto shares = shares_of(pool);
    for (const auto& expected : pool.expected)
        if (count_of(pool, expected.kind) < shares[expected.kind]) return expected;
    return std::nullopt;
}

/// What nobody asks for any more, and what nobody can have any more: its kernel, say, is another file now.
void forget_expected(Node& node) {
    auto& pool = node.vm_pool;
    if (is_drained(node)) pool.expected.clear();
    std::erase_if(pool.expected, [&](const ExpectedVm& one) {
        const auto kind = node.hypervisor.kind_of(one.spec);
        return Clock::now() - one.asked_at > pool.keep || !kind || *kind != one.kind;
    });
}

/// In the background, one at a time, as long as something is expected or waits.
asio::awaitable<void> keep_filled(Node& node) {
    auto& pool = node.vm_pool;
    while (!pool.is_closed && (!pool.expected.empty() || !pool.ready.empty())) {
        forget_expected(node);
        if (const auto excess = take_excess(pool)) {
            co_await put_away(node, excess);
            continue;
        }
        auto missing = Clock::now() < pool.rests_until ? std::nullopt : find_missing(pool);
        if (missing) {
            co_await sleep_for(pool.pause);
            if (!pool.is_closed && is_expected(pool, missing->kind))
                co_await begin_one(node, *std::move(missing));
            continue;
        }
        const auto look_again = std::min<Duration>(k_look_again, pool.keep);
        co_await (pool.changed.wait() || sleep_for(look_again));
    }
    pool.is_filling = false;
}

Task<void> wait_for_tasks(VmPool& pool) {
    while (pool.tasks.size() > 0) co_await sleep_for(5ms);
    co_return Status{};
}

} // namespace

std::shared_ptr<WaitingVm> take_waiting(Node& node, const launch::LaunchPlan& plan) {
    auto& pool = node.vm_pool;
    if (!plan.may_have_waited || plan.vm.level != launch::IsolationLevel::vm) return nullptr;
    for (auto place = pool.ready.begin(); place != pool.ready.end(); ++place) {
        auto spec = plan.vm;
        if (!take_interfaces(plan.network, **place, spec) || !fits(node, **place, spec)) continue;
        auto taken = *place;
        pool.ready.erase(place);
        pool.changed.pulse();
        return taken;
    }
    return nullptr;
}

bool fits(Node& node, const WaitingVm& waiting, const launch::VmSpec& spec) {
    const auto kind = node.hypervisor.kind_of(spec);
    return kind && *kind == waiting.kind;
}

void expect_another(Node& node, launch::VmSpec spec) {
    auto& pool = node.vm_pool;
    if (pool.size == 0 || pool.is_closed || !spec.may_be_clone) return;
    auto kind = node.hypervisor.kind_of(spec);
    if (!kind) return;
    pool.expected.remove_if([&kind](const auto& one) { return one.kind == *kind; });
    pool.expected.push_front(
        {.spec = shape_of(std::move(spec)), .kind = *std::move(kind), .asked_at = Clock::now()});
    pool.changed.pulse();
    if (!std::exchange(pool.is_filling, true)) pool.tasks.spawn(keep_filled(node));
}

asio::awaitable<void> put_away(Node& node, std::shared_ptr<WaitingVm> waiting) {
    waiting->taps.clear();
    waiting->agent.reset();
    if (waiting->vm) {
        if (const auto killed = co_await waiting->vm->kill(); !killed) {
            log::error("VM does not end: " + killed.error().message, {{"SANDBOX_ID", waiting->id.str()}});
            co_return;
        }
    }
    co_await forget(node, k_vm, waiting->id.str());
    if (!waiting->spec.networks.empty()) co_await disconnect_network(node, waiting->id);
    if (co_await remove_directory(node, waiting->runtime_directory))
        co_await forget(node, k_runtime_directory, waiting->runtime_directory);
}

asio::awaitable<void> empty_pool(Node& node) {
    auto& pool = node.vm_pool;
    pool.expected.clear();
    const auto ready = std::exchange(pool.ready, {});
    pool.changed.pulse();
    for (const auto& waiting : ready) co_await put_away(node, waiting);
}

asio::awaitable<void> close_pool(Node& node) {
    auto& pool = node.vm_pool;
    pool.is_closed = true;
    pool.changed.pulse();
    // One that is being made is made, or is in the ledger.
    if (const auto settled = co_await within(k_close_limit, "VMs that wait", wait_for_tasks(pool)); !settled)
        pool.tasks.cancel();
    co_await pool.tasks.join();
    co_await empty_pool(node);
}

} // namespace redoubt::node::sandbox
