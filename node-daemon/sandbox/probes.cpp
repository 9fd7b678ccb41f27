// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/probes.hpp"

#include <algorithm>
#include <format>
#include <optional>
#include <utility>

#include "common/log/log.hpp"
#include "node-daemon/network/reach.hpp"
#include "node-daemon/sandbox/end_container.hpp"
#include "node-daemon/sandbox/signal_name.hpp"
#include "node-daemon/sandbox/use_cases.hpp"

namespace redoubt::node::sandbox {
namespace {

using Purpose = Probe::Purpose;
using Kind = Probe::Kind;

constexpr int k_default_signal = 15; // SIGTERM
constexpr auto k_longest_wait = std::chrono::hours(24);

std::optional<Probe> probe_for(const ContainerSpec& spec, Purpose purpose) {
    const auto found = std::ranges::find(spec.probes, purpose, &Probe::purpose);
    return found == spec.probes.end() ? std::nullopt : std::optional(*found);
}

/// Where the container is reached from the host.
Result<std::string> address_of(const Container& container, const Probe& probe) {
    if (!probe.host.empty()) return probe.host;
    if (container.sandbox)
        for (const auto& interface : container.sandbox->facts.info.interfaces)
            for (const auto& address : interface.addresses) return address.substr(0, address.find('/'));
    return fail(Code::failed_precondition, "the container has no network");
}

Task<void> try_exec(Node& node, std::shared_ptr<Container> container, Probe probe) {
    ExecOptions options;
    options.container = container->record.id.str();
    options.command = std::move(probe.command);
    RDT_CO_TRY(const auto session, co_await exec_in_container(node, std::move(options)));
    for (;;) {
        RDT_CO_TRY(const auto event, co_await session->next());
        const auto* end = std::get_if<Exited>(&event);
        if (end == nullptr) continue;
        if (end->code == 0) co_return Status{};
        co_return fail(Code::aborted, "the command ended with {}", end->code);
    }
}

Task<void> try_once(Node& node, std::shared_ptr<Container> container, Probe probe) {
    if (probe.kind == Kind::exec) co_return co_await try_exec(node, std::move(container), std::move(probe));
    RDT_CO_TRY(auto address, address_of(*container, probe));
    if (probe.kind == Kind::tcp) co_return co_await network::ask_tcp(std::move(address), probe.port);
    network::HttpQuestion question{.scheme = std::move(probe.scheme),
                                   .address = std::move(address),
                                   .port = probe.port,
                                   .path = probe.path.empty() ? "/" : std::move(probe.path),
                                   .headers = std::move(probe.headers)};
    co_return co_await network::ask_http(std::move(question));
}

/// As a stop, but its restart policy is not told to rest.
asio::awaitable<void> end_unhealthy(Node& node, std::shared_ptr<Container> container, std::string reason) {
    const auto sandbox = container->sandbox;
    if (!sandbox || !sandbox->agent || !sandbox->end_reason.empty()) co_return;
    sandbox->end_reason = reason;
    log::warning("container is unhealthy",
                 {{"CONTAINER_ID", container->record.id.str()}, {"REASON", reason}});
    publish(node, *container, "unhealthy", {{"reason", reason}});
    const auto grace = std::chrono::seconds(container->spec.stop_seconds);
    const auto signal = parse_signal(container->spec.stop_signal).value_or(k_default_signal);
    const auto agent = sandbox->agent;
    const auto asked =
        co_await within(grace, "stop signal", agent->signal_process(container->record.id, {}, signal));
    if (asked && co_await within(grace, "container", wait_until_process_ended(container))) co_return;
    if (container->sandbox != sandbox) co_return;
    if (const auto ended = co_await end_by_force(node, container, std::move(reason)); !ended)
        log::error(ended.error().message, {{"CONTAINER_ID", container->record.id.str()}});
}

/// What a probe has found so far.
struct Tally {
    unsigned successes = 0;
    unsigned failures = 0;
    Error last = {};
};

bool is_over(const Container& container, const std::shared_ptr<PodSandbox>& sandbox) {
    return container.sandbox != sandbox || sandbox->is_closed || container.state != ContainerState::running;
}

asio::awaitable<void> take(Node& node, std::shared_ptr<Container> container, const Probe& probe,
                           Tally& tally) {
    // Nothing is to be learnt from a container that somebody has paused.
    if (container->sandbox->facts.is_paused) co_return;
    auto outcome =
        co_await within(probe.timeout, std::string(name_of(probe.kind)), try_once(node, container, probe));
    if (outcome) {
        ++tally.successes;
        tally.failures = 0;
        co_return;
    }
    tally.successes = 0;
    ++tally.failures;
    tally.last = std::move(outcome).error();
}

void set_ready(Node& node, Container& container, bool is_ready) {
    if (std::exchange(container.is_ready, is_ready) == is_ready) return;
    publish(node, container, is_ready ? "ready" : "unready");
}

/// Asks until the container ends; a startup probe only until it has succeeded. False: it has failed.
asio::awaitable<bool> ask(Node& node, std::shared_ptr<Container> container, Probe probe) {
    const auto sandbox = container->sandbox;
    Tally tally;
    co_await sleep_for(probe.initial_delay);
    while (!is_over(*container, sandbox)) {
        co_await take(node, container, probe, tally);
        if (is_over(*container, sandbox)) co_return true;
        const bool has_failed = tally.failures >= probe.failure_threshold;
        const bool has_succeeded = tally.successes >= probe.success_threshold;
        if (probe.purpose == Purpose::readiness && (has_failed || has_succeeded))
            set_ready(node, *container, has_succeeded);
        if (probe.purpose == Purpose::startup && has_succeeded) co_return true;
        if (probe.purpose != Purpose::readiness && has_failed) {
            auto reason = std::format("{} probe failed: {}", name_of(probe.purpose), tally.last.message);
            node.tasks.spawn(end_unhealthy(node, container, std::move(reason)));
            co_return false;
        }
        co_await sleep_for(probe.period);
    }
    co_return true;
}

asio::awaitable<void> ask_alone(Node& node, std::shared_ptr<Container> container, Probe probe) {
    co_await ask(node, std::move(container), std::move(probe));
}

asio::awaitable<void> watch_health(Node& node, std::shared_ptr<Container> container) {
    const auto sandbox = container->sandbox;
    if (auto startup = probe_for(container->spec, Purpose::startup))
        if (!co_await ask(node, container, std::move(*startup))) co_return;
    if (is_over(*container, sandbox)) co_return;
    if (auto readiness = probe_for(container->spec, Purpose::readiness))
        sandbox->probes.spawn(ask_alone(node, container, std::move(*readiness)));
    else
        set_ready(node, *container, true);
    if (auto liveness = probe_for(container->spec, Purpose::liveness))
        co_await ask(node, container, std::move(*liveness));
}

Status check_probe(const Probe& probe) {
    const auto name = name_of(probe.purpose);
    if (probe.kind == Kind::exec && probe.command.empty())
        return fail(Code::invalid_argument, "{} probe: no command", name);
    if (probe.kind != Kind::exec && probe.port == 0)
        return fail(Code::invalid_argument, "{} probe: a port is 1 to 65535", name);
    if (probe.scheme != "http" && probe.scheme != "https")
        return fail(Code::invalid_argument, "{} probe: scheme '{}' is not http or https", name, probe.scheme);
    constexpr std::chrono::seconds k_second{1};
    if (probe.period < k_second || probe.timeout < k_second || probe.period > k_longest_wait ||
        probe.timeout > k_longest_wait)
        return fail(Code::invalid_argument, "{} probe: period and timeout are at least a second", name);
    if (probe.initial_delay < std::chrono::seconds(0) || probe.initial_delay > k_longest_wait)
        return fail(Code::invalid_argument, "{} probe: initial delay is not 0 to 24 hours", name);
    if (probe.success_threshold == 0 || probe.failure_threshold == 0)
        return fail(Code::invalid_argument, "{} probe: thresholds are at least 1", name);
    if (probe.success_threshold != 1 && probe.purpose != Purpose::readiness)
        return fail(Code::invalid_argument, "{} probe: its success threshold is 1", name);
    return {};
}

} // namespace

void start_probes(Node& node, const std::shared_ptr<Container>& container) {
    container->is_ready = std::ranges::none_of(
        container->spec.probes, [](const Probe& probe) { return probe.purpose != Purpose::liveness; });
    if (!container->spec.probes.empty()) container->sandbox->probes.spawn(watch_health(node, container));
}

Status check_probes(const ContainerSpec& spec) {
    for (auto probe = spec.probes.begin(); probe != spec.probes.end(); ++probe) {
        RDT_CHECK(check_probe(*probe));
        if (std::ranges::contains(spec.probes.begin(), probe, probe->purpose, &Probe::purpose))
            return fail(Code::invalid_argument, "two {} probes", name_of(probe->purpose));
    }
    return {};
}

} // namespace redoubt::node::sandbox
