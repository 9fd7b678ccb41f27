// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What the node can do: one function a use case, each told in the file of its name. Faces call these and
/// nothing below.
///
/// `container` parameters take a full id, an unambiguous prefix of one, or a name; errors then include
/// not_found and invalid_argument (ambiguous). Thread: main strand; any number may be in flight, calls on one
/// container are put in order. Cancelling: only wait_container may be cancelled by its awaiter. Everything
/// else runs to its end, so that no half-made thing is left; a face whose client has gone simply drops the
/// result.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/async/task.hpp"
#include "node-daemon/image/image_source.hpp"
#include "node-daemon/network/catalog.hpp"
#include "node-daemon/sandbox/archive_transfer.hpp"
#include "node-daemon/sandbox/container_spec.hpp"
#include "node-daemon/sandbox/container_usage.hpp"
#include "node-daemon/sandbox/event_hub.hpp"
#include "node-daemon/sandbox/image_info.hpp"
#include "node-daemon/sandbox/log_reader.hpp"
#include "node-daemon/sandbox/node_info.hpp"
#include "node-daemon/sandbox/pod_spec.hpp"
#include "node-daemon/sandbox/process_session.hpp"
#include "node-daemon/sandbox/volume_info.hpp"

namespace redoubt::node::sandbox {

struct Node;

// ---- containers

/// Makes a container from a local image without starting it.
/// Errors: not_found no such image; already_exists name taken; invalid_argument naming the field.
Task<ContainerId> create_container(Node& node, ContainerSpec spec);

/// Boots the sandbox and starts the init process. Nothing is left behind when it fails, but the container
/// (EXITED). Errors: failed_precondition already running; deadline_exceeded the guest did not boot (with its
/// console's tail); unavailable the VM could not start; not_found / permission_denied the command could not
/// be executed.
Task<void> start_container(Node& node, std::string container);

/// Stop signal, then after `timeout` the VM is killed. Returns once the container has exited.
Task<void> stop_container(Node& node, std::string container, std::chrono::seconds timeout);

/// `signal`: "KILL", "SIGKILL" or "9"; empty is KILL. KILL does not need the guest's help.
/// Errors: invalid_argument no such signal; failed_precondition not running.
Task<void> kill_container(Node& node, std::string container, std::string signal);

enum class RemoveMode { only_stopped, force };
/// What becomes of the volumes without a name that were made for a container.
enum class OwnVolumes { kept, removed };
/// Errors: failed_precondition running and not forced.
Task<void> remove_container(Node& node, std::string container, RemoveMode mode,
                            OwnVolumes own = OwnVolumes::kept);

/// Returns the exit code once the container has exited; at once when it already has.
Task<int> wait_container(Node& node, std::string container);

enum class ListScope { running, all };
[[nodiscard]] std::vector<ContainerSummary> list_containers(const Node& node, ListScope scope);
Result<ContainerDetails> inspect_container(const Node& node, const std::string& container);

/// The log from the beginning (or the last `tail` lines), then, following, new lines until the container
/// ends.
Task<std::unique_ptr<LogReader>> open_logs(Node& node, std::string container, LogOptions options);

enum class AttachMode {
    running,         ///< the container runs; earlier output is in its log
    start_container, ///< attach first, then start it: no byte of output is missed
};
struct AttachOptions {
    std::string container;
    AttachMode mode = AttachMode::running;
    bool with_stdin = false;
};
/// Errors: those of start_container; failed_precondition not running.
Task<std::unique_ptr<ProcessSession>> attach_container(Node& node, AttachOptions options);

struct ExecOptions {
    std::string container;
    std::vector<std::string> command;
    std::vector<std::string> environment; ///< NAME=value, beside the container's own
    std::string working_directory;        ///< empty: the container's
    std::string user;                     ///< empty: the container's
    bool terminal = false;
    bool with_stdin = false;
    oci::TerminalSize size;
};
/// Errors: failed_precondition not running; invalid_argument no command; not_found / permission_denied it
/// could not be executed (redoubtctl: exit code 127 / 126).
Task<std::unique_ptr<ProcessSession>> exec_in_container(Node& node, ExecOptions options);

/// Stops every process where it stands. Errors: failed_precondition not running, or paused already.
Task<void> pause_container(Node& node, std::string container);
/// Errors: failed_precondition not paused.
Task<void> unpause_container(Node& node, std::string container);

/// stop_container() when it runs, then start_container(). One with auto_remove stays.
Task<void> restart_container(Node& node, std::string container, std::chrono::seconds timeout);

/// Errors: invalid_argument no legal name; already_exists taken.
Task<void> rename_container(Node& node, std::string container, std::string name);

/// Changes limits for good, and at once when it runs. Errors: invalid_argument naming the limit;
/// failed_precondition the VM that runs is too small for it, or is starting or stopping.
Task<void> update_container(Node& node, std::string container, LimitChanges changes);

/// What those containers use, or all that run when none is named. Errors: failed_precondition one of those
/// named does not run.
Task<std::vector<ContainerUsage>> container_stats(Node& node, std::vector<std::string> containers);

/// Errors of this and the following: failed_precondition it does not run.
Task<std::vector<launch::GuestProcessInfo>> container_processes(Node& node, std::string container);

/// The next of what the container changed in its image's files, behind the path `after`; nothing: that was
/// all.
/// Parents come first, and names are sorted.
Task<std::vector<launch::PathChange>> container_changes(Node& node, std::string container, std::string after);

/// `path`: a relative one begins in the container's working directory.
Task<launch::PathStatus> stat_in_container(Node& node, std::string container, std::string path);

/// A tar archive of what is at `path`; its first entry is called `name`, as the path's last part when empty.
Task<std::unique_ptr<ArchiveSource>> copy_from_container(Node& node, std::string container, std::string path,
                                                         std::string name);
/// Unpacks a tar archive in a folder of the container.
Task<std::unique_ptr<ArchiveTarget>> copy_to_container(Node& node, std::string container,
                                                       launch::UnpackOptions options);

/// Events from `since` (0: now) on. Must not outlive `node`.
[[nodiscard]] std::unique_ptr<EventHub::Subscription> watch_events(Node& node, UnixTime since, bool follow);

// ---- pods; `pod` parameters as `container` ones

/// Makes a pod without containers: those are made with its name in ContainerSpec::pod.
/// Errors: already_exists name taken; invalid_argument naming the field.
Task<PodId> create_pod(Node& node, PodSpec spec);
/// Boots its VM, runs its init containers to their end, one after the other, then starts the others. Nothing
/// of it runs on when that fails. Errors: those of start_container; aborted an init container failed;
/// failed_precondition no container.
Task<void> start_pod(Node& node, std::string pod);
/// Stops its containers, all at once; returns when its VM has gone. `timeout`: the pod's own grace.
Task<void> stop_pod(Node& node, std::string pod, std::optional<std::chrono::seconds> timeout);
/// Errors: as kill_container.
Task<void> kill_pod(Node& node, std::string pod, std::string signal);
/// With its containers. Errors: failed_precondition running and not forced.
Task<void> remove_pod(Node& node, std::string pod, RemoveMode mode);
[[nodiscard]] std::vector<PodSummary> list_pods(const Node& node);
Result<PodDetails> inspect_pod(const Node& node, const std::string& pod);

// ---- networks

struct NetworkDetails {
    network::NetworkInfo info;
    std::vector<std::string> users; ///< names of containers and pods
};
struct ListedNetworks {
    std::vector<NetworkDetails> networks;
    std::vector<std::string> problems;
};
/// Errors of all: unimplemented the node keeps no networks; those of NetworkCatalog.
Task<ListedNetworks> list_networks(Node& node);
Task<NetworkDetails> inspect_network(Node& node, std::string network);
Task<NetworkDetails> create_network(Node& node, network::NewNetwork wanted);
/// Errors: failed_precondition something uses it.
Task<void> remove_network(Node& node, std::string network);
/// Removes those made here that nothing uses; their names.
Task<std::vector<std::string>> prune_networks(Node& node);

// ---- images

struct PullRequest {
    std::string reference;
    std::optional<image::Credentials> credentials;
    bool is_insecure = false; ///< plain HTTP, or certificates not verified
    std::string ca_certificates;
    std::string platform; ///< empty: the node's
};
/// Without credentials in the request those of the node are taken, where it has some for the image.
Task<ImageInfo> pull_image(Node& node, PullRequest request, ImageProgressFn progress);
struct LoginRequest {
    std::string registry; ///< host[:port]
    image::Credentials credentials;
    bool is_insecure = false;
    std::string ca_certificates;
};
/// Whether the registry takes them; nothing is kept. Errors: unauthenticated; unavailable.
Task<void> check_login(Node& node, LoginRequest request);
Task<ImageInfo> import_image(Node& node, std::string path, std::string name, ImageProgressFn progress);
Task<std::vector<ImageInfo>> list_images(Node& node);
Task<ImageDetails> inspect_image(Node& node, std::string image);
enum class RemoveImageMode { only_unused, force };
/// Errors: failed_precondition a container uses it and not forced.
Task<RemovedImage> remove_image(Node& node, std::string image, RemoveImageMode mode);

// ---- volumes

/// Errors: already_exists, unless it may; invalid_argument naming the field; resource_exhausted.
Task<VolumeInfo> create_volume(Node& node, VolumeRequest request);
[[nodiscard]] std::vector<VolumeInfo> list_volumes(const Node& node);
Result<VolumeInfo> inspect_volume(const Node& node, const std::string& volume);
enum class RemoveVolumeMode { only_unused, with_containers };
/// Errors: failed_precondition a container uses it.
Task<void> remove_volume(Node& node, std::string volume, RemoveVolumeMode mode);
/// Removes all that no container uses and that have these labels; their names.
Task<std::vector<std::string>> prune_volumes(Node& node, std::map<std::string, std::string> labels);
/// Errors: out_of_range it would become smaller; what the guest says that uses it.
Task<VolumeInfo> resize_volume(Node& node, std::string volume, std::uint64_t size_bytes);
enum class PruneScope {
    nameless, ///< images that have lost their last name
    unused,   ///< all that no container uses
};
/// Removes images that no container uses.
Task<PrunedImages> prune_images(Node& node, PruneScope scope);

// ---- node

/// What images and containers take of the node's disk.
Task<DiskUsage> disk_usage(Node& node);

Task<NodeInfo> node_info(Node& node);
Task<std::vector<NodeCheck>> check_node(Node& node);

/// Brings the node to what the store says: adopts running VMs, buries dead ones, reaps what has no owner.
/// Called once, before any face serves.
Task<void> recover_after_restart(Node& node);

} // namespace redoubt::node::sandbox
