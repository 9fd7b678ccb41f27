// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/asio/thread_pool.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/async/async_mutex.hpp"
#include "common/async/async_semaphore.hpp"
#include "common/async/task_scope.hpp"
#include "node-daemon/agent_client/agent_client.hpp"
#include "node-daemon/host/accelerator.hpp"
#include "node-daemon/host/checks.hpp"
#include "node-daemon/host/facts.hpp"
#include "node-daemon/hypervisor/hypervisor.hpp"
#include "node-daemon/launch/broker_address.hpp"
#include "node-daemon/launch/plan.hpp"
#include "node-daemon/network/catalog.hpp"
#include "node-daemon/network/network.hpp"
#include "node-daemon/sandbox/container.hpp"
#include "node-daemon/sandbox/event_hub.hpp"
#include "node-daemon/sandbox/vm_pool.hpp"
#include "node-daemon/store/state_store.hpp"
#include "node-daemon/tee/expected_measurement.hpp"

namespace redoubt::node::image {
class ImageStore;
}
namespace redoubt::node::storage {
class LayerStore;
class VolumeStore;
} // namespace redoubt::node::storage

namespace redoubt::node::sandbox {

struct Pod;

/// What the use cases need to know; main.cpp makes it from the configuration and the host.
struct NodeSettings {
    std::filesystem::path state_directory;
    std::filesystem::path runtime_directory;
    launch::NodeFacts facts; ///< guest image, accelerator, default VM size
    host::HostFacts host;
    host::AcceleratorChoice accelerator;
    host::GuestFiles guest;
    host::GuestManifest guest_manifest; ///< empty when it could not be read
    std::filesystem::path qemu;
    std::chrono::milliseconds boot_timeout{30000};
    std::chrono::milliseconds turn_patience{10000}; ///< see start_turn.hpp
    /// A guest that answers no health check for so long is said to be silent.
    std::chrono::milliseconds guest_silence{3000};
    /// When it then answers none for so long, who waits for it gives up.
    std::chrono::milliseconds guest_patience{10000};
    std::uint64_t log_max_bytes = 16U << 20U;
    std::uint64_t default_volume_bytes = 10ULL << 30U;
    launch::IsolationLevel minimum_level = launch::IsolationLevel::gvisor; ///< below it nothing starts here
    launch::BrokerAddress broker;      ///< that confidential guests are led to; none: they have no relay
    tee::MeasuredPlatform measured;    ///< of simulated launches
    host::SecureProcessors processors; ///< of this host
    host::RuntimePrograms runtimes;    ///< of the levels without a VM
    std::vector<std::string> unqualified_search_registries;
    std::vector<std::string> insecure_registries;
    std::filesystem::path auth_file; ///< the node's own logins; need not be there
};

/// Opens a session with the agent behind a VM's socket: AgentClient::connect, or a test's.
using ConnectAgentFn = std::function<Task<std::unique_ptr<agent_client::AgentClient>>(
    std::filesystem::path socket, Duration deadline)>;

/// The node: its mechanisms (borrowed) and what it knows. Every use case works on one of these. Thread: main
/// strand.
struct Node {
    asio::any_io_executor executor;
    asio::thread_pool& pool; ///< for what blocks
    NodeSettings settings;
    store::StateStore& store;
    hypervisor::Hypervisor& hypervisor;
    network::Network& network;
    ConnectAgentFn connect_agent;
    image::ImageStore& images;
    storage::LayerStore& layers;
    storage::VolumeStore& volumes;

    network::NetworkCatalog* catalog = nullptr; ///< null: the node keeps no networks

    EventHub events{executor};
    /// Shared with the coroutines at work on a container.
    std::map<ContainerId, std::shared_ptr<Container>> containers{};
    std::map<PodId, std::shared_ptr<Pod>> pods{}; ///< shared likewise
    /// By name; what is in the store.
    std::map<std::string, store::VolumeRecord> volume_records{};
    /// One volume made, removed or resized at a time, and none while a container is made that uses some.
    AsyncMutex volume_changes{executor};
    AsyncSemaphore turns{executor, std::max(1U, std::thread::hardware_concurrency())}; ///< see start_turn.hpp
    VmPool vm_pool{executor};  ///< VMs that nobody has yet
    TaskScope tasks{executor}; ///< supervisors
    AsyncMutex image_changes{
        executor};           ///< one pull, import or removal at a time: they share blobs and layers
    bool is_leaving = false; ///< the daemon ends; VMs stay
    UnixTime started_at = unix_now();

    [[nodiscard]] std::filesystem::path container_directory(const ContainerId& id) const {
        return settings.state_directory / "containers" / id.str();
    }
    [[nodiscard]] std::filesystem::path sandbox_directory(const SandboxId& id) const {
        return settings.runtime_directory / "vm" / id.str();
    }
    [[nodiscard]] std::filesystem::path blob_directory() const { return settings.state_directory / "blobs"; }
    /// Of a storage::BlobStore.
    [[nodiscard]] std::filesystem::path guest_blob_directory() const {
        return settings.state_directory / "guest-blobs";
    }
};

/// By full id, name, or unambiguous prefix of an id. Errors: not_found; invalid_argument ambiguous.
Result<std::shared_ptr<Container>> find_container(const Node& node, const std::string& wanted);

[[nodiscard]] bool is_name_taken(const Node& node, const std::string& name);
/// Errors: invalid_argument no legal name; already_exists.
[[nodiscard]] Status check_name_is_free(const Node& node, const std::string& name);

/// Writes the container's row. Errors: those of the store.
Task<void> save(Node& node, std::shared_ptr<Container> container);

/// The same where nothing can be done about a failure but to say so.
asio::awaitable<void> save_or_log(Node& node, std::shared_ptr<Container> container);

/// "container" event with its name and image.
void publish(Node& node, const Container& container, std::string action,
             std::map<std::string, std::string> attributes = {});

/// `bytes` random bytes in hex.
[[nodiscard]] std::string random_hex(std::size_t bytes);
/// At most 256.
[[nodiscard]] std::string random_bytes(std::size_t count);

/// Ends all coroutines of the node; VMs and containers go on. After it, the node may be destroyed.
asio::awaitable<void> leave(Node& node);

} // namespace redoubt::node::sandbox
