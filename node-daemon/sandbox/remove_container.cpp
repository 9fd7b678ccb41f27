// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/end_container.hpp"
#include "node-daemon/sandbox/forget_container.hpp"
#include "node-daemon/sandbox/use_cases.hpp"
#include "node-daemon/sandbox/volume_use.hpp"

namespace redoubt::node::sandbox {

Task<void> remove_container(Node& node, std::string container, RemoveMode mode, OwnVolumes own) {
    RDT_CO_TRY(auto found, find_container(node, container));
    const bool has_ended = found->state == ContainerState::created || found->state == ContainerState::exited;
    if (!has_ended) {
        if (mode != RemoveMode::force)
            co_return fail(Code::failed_precondition,
                           "container '{}' is {}: stop it first, or remove it with force", found->record.name,
                           name_of(found->state));
        found->record.stopped_by_user = true;
        RDT_CO_CHECK(co_await end_by_force(node, found, "removed by force"));
    }
    RDT_CO_CHECK(co_await wait_until_ended(found));
    if (found->is_being_removed) { // it removes itself, or somebody was faster
        while (found->is_being_removed && node.containers.contains(found->record.id))
            co_await found->changed.wait();
        co_return Status{};
    }
    co_await forget_container(node, found);
    if (node.containers.contains(found->record.id))
        co_return fail(Code::internal, "container '{}' could not be removed: see the daemon's log",
                       found->record.name);
    if (own == OwnVolumes::removed) co_await remove_own_volumes(node, found);
    co_return Status{};
}

} // namespace redoubt::node::sandbox
