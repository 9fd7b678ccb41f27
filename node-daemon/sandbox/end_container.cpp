// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/end_container.hpp"

#include "common/log/log.hpp"
#include "node-daemon/sandbox/pod_member.hpp"
#include "node-daemon/sandbox/volume_use.hpp"

namespace redoubt::node::sandbox {
namespace {

// Longer than a busy machine takes to write what a guest may hold; only a guest that is silent uses it up.
constexpr auto k_unmount = std::chrono::seconds(30);

} // namespace

Task<void> end_by_force(Node& node, std::shared_ptr<Container> container, std::string reason) {
    const auto sandbox = container->sandbox;
    if (!sandbox) co_return Status{};
    if (sandbox->end_reason.empty()) sandbox->end_reason = std::move(reason);
    sandbox->changed.pulse();
    if (!sandbox->vm) co_return Status{}; // its start looks at end_reason before each step
    if (sandbox->pod) co_return co_await end_member_by_force(node, std::move(container));
    // What lies on volumes is written to them first, if the guest answers.
    co_await let_go_of_volumes(container, k_unmount);
    auto killed = co_await sandbox->vm->kill();
    if (!killed) log::error("kill VM: " + killed.error().message, {{"SANDBOX_ID", sandbox->id.str()}});
    co_return killed.transform_error(context("container '{}': end its VM", container->record.name));
}

Task<void> wait_until_process_ended(std::shared_ptr<Container> container) {
    while (is_active(*container) && !(container->sandbox && container->sandbox->is_draining))
        co_await container->changed.wait();
    co_return Status{};
}

} // namespace redoubt::node::sandbox
