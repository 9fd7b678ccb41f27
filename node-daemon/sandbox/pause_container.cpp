// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/pause_container.hpp"

#include <utility>

#include "common/log/log.hpp"
#include "node-daemon/sandbox/run_pod_sandbox.hpp"
#include "node-daemon/sandbox/use_cases.hpp"

namespace redoubt::node::sandbox {
namespace {

// The record says "paused" from before the guest is told until after it was told otherwise: whatever a daemon
// that is killed in between leaves can be undone by unpausing.

Task<void> record_pause(Node& node, std::shared_ptr<Container> container, bool is_paused) {
    const auto sandbox = container->sandbox;
    const bool before = std::exchange(sandbox->facts.is_paused, is_paused);
    auto saved = co_await save_sandbox(node, sandbox, container->record.id);
    if (!saved) sandbox->facts.is_paused = before;
    co_return saved;
}

Task<void> unpause(Node& node, std::shared_ptr<Container> container) {
    RDT_CO_TRY(const auto sandbox, running_sandbox(*container));
    if (!sandbox->facts.is_paused)
        co_return fail(Code::failed_precondition, "container '{}' is not paused", container->record.name);
    RDT_CO_CHECK(co_await sandbox->agent->resume_container(container->record.id));
    RDT_CO_CHECK(co_await record_pause(node, container, false));
    publish(node, *container, "unpause");
    co_return Status{};
}

} // namespace

Task<void> pause_container(Node& node, std::string container) {
    RDT_CO_TRY(const auto found, find_container(node, container));
    const auto turn = co_await found->changes.lock();
    RDT_CO_TRY(const auto sandbox, running_sandbox(*found));
    if (found->state == ContainerState::stopping)
        co_return fail(Code::failed_precondition, "container '{}' is stopping", found->record.name);
    if (sandbox->facts.is_paused)
        co_return fail(Code::failed_precondition, "container '{}' is paused already", found->record.name);
    RDT_CO_CHECK(co_await record_pause(node, found, true));
    if (auto paused = co_await sandbox->agent->pause_container(found->record.id); !paused) {
        if (const auto saved = co_await record_pause(node, found, false); !saved)
            log::error(saved.error().message, {{"CONTAINER_ID", found->record.id.str()}});
        co_return std::unexpected(
            paused.error().within(std::format("pause container '{}'", found->record.name)));
    }
    // Somebody stops it, and has found it running.
    if (found->state == ContainerState::stopping) co_return co_await unpause(node, found);
    publish(node, *found, "pause");
    co_return Status{};
}

Task<void> unpause_container(Node& node, std::string container) {
    RDT_CO_TRY(const auto found, find_container(node, container));
    const auto turn = co_await found->changes.lock();
    co_return co_await unpause(node, found);
}

Task<void> thaw(Node& node, std::shared_ptr<Container> container) {
    if (!container->sandbox || !container->sandbox->facts.is_paused) co_return Status{};
    const auto turn = co_await container->changes.lock();
    if (!container->sandbox || !container->sandbox->facts.is_paused) co_return Status{};
    co_return co_await unpause(node, container);
}

asio::awaitable<void> renew_pause(std::shared_ptr<Container> container) {
    const auto sandbox = container->sandbox;
    if (!sandbox->facts.is_paused) co_return;
    if (const auto paused = co_await sandbox->agent->pause_container(container->record.id); !paused)
        log::warning("pause: " + paused.error().message, {{"CONTAINER_ID", container->record.id.str()}});
}

} // namespace redoubt::node::sandbox
