// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/forget_container.hpp"

#include "common/log/log.hpp"
#include "node-daemon/sandbox/ledger.hpp"
#include "node-daemon/sandbox/volume_use.hpp"

namespace redoubt::node::sandbox {

asio::awaitable<void> forget_container(Node& node, std::shared_ptr<Container> container) {
    container->is_being_removed = true;
    const auto id = container->record.id;
    const auto directory = node.container_directory(id);
    // Before its row: killed in between, the next start finds a container that removes itself, and goes on.
    if (container->spec.auto_remove) co_await remove_own_volumes(node, container);
    // Then the row, before the folder: killed in between, the next start finds a folder in the ledger that
    // has no owner.
    if (const auto removed = co_await node.store.remove(id); !removed) {
        log::error(removed.error().message, {{"CONTAINER_ID", id.str()}});
        container->is_being_removed = false;
        container->changed.pulse();
        co_return;
    }
    if (co_await remove_directory(node, directory)) co_await forget(node, k_container_directory, directory);
    node.containers.erase(id);
    publish(node, *container, "remove");
    container->changed.pulse();
}

} // namespace redoubt::node::sandbox
