// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <memory>
#include <set>
#include <vector>

#include "common/async/async_mutex.hpp"
#include "node-daemon/sandbox/node.hpp"
#include "node-daemon/sandbox/pod_sandbox.hpp"
#include "node-daemon/sandbox/pod_spec.hpp"

namespace redoubt::node::sandbox {

/// A pod of this node. Its VM lives while one of its containers does, or waits to be started again.
/// Thread: main strand. Shared by the node's table, by its containers and by the coroutines at work on it.
struct Pod {
    Pod(const asio::any_io_executor& executor, store::PodRecord row, PodSpec wanted)
        : record(std::move(row)), spec(std::move(wanted)), booting(executor), plugging(executor),
          changes(executor), changed(executor) {}

    store::PodRecord record;
    PodSpec spec;
    /// Its VM, from the first step of its boot until the last resource of it is gone.
    std::shared_ptr<PodSandbox> sandbox;
    std::set<std::uint32_t> slots; ///< SCSI targets that containers have in that VM
    unsigned holds = 0;            ///< starts under way: the VM stays although nothing runs in it
    bool is_being_removed = false;
    bool is_stopping = false; ///< a start under way is to end
    AsyncMutex booting;       ///< one makes the VM or takes it away
    AsyncMutex plugging;      ///< one changes its disks or its link
    AsyncMutex changes;       ///< one start, stop or removal at a time
    AsyncEvent changed;       ///< pulsed with is_stopping
};

/// By full id, name, or unambiguous prefix of an id. Errors: not_found; invalid_argument ambiguous.
Result<std::shared_ptr<Pod>> find_pod(const Node& node, const std::string& wanted);

/// Its containers in the order they were made.
[[nodiscard]] std::vector<std::shared_ptr<Container>> members_of(const Node& node, const Pod& pod);

[[nodiscard]] PodState state_of(const Node& node, const Pod& pod);

/// "pod" event with its name.
void publish(Node& node, const Pod& pod, std::string action);

/// Writes the pod's row. Errors: those of the store.
Task<void> save(Node& node, std::shared_ptr<Pod> pod);

/// The name of a pod's disk among those of volumes; no volume may be called so.
[[nodiscard]] std::string scratch_name(const SandboxId& sandbox, const std::string& volume);

} // namespace redoubt::node::sandbox
