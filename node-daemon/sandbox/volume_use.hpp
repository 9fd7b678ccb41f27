// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What containers and volumes have to do with each other.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "common/async/async_unwind.hpp"
#include "node-daemon/sandbox/node.hpp"
#include "node-daemon/sandbox/volume_info.hpp"

namespace redoubt::node::sandbox {

/// Whether a container that was made like this uses the volume.
[[nodiscard]] bool uses_volume(const ContainerSpec& spec, const std::string& volume);
/// Whether something of the container lies on a disk that the guest has to let go of.
[[nodiscard]] bool has_volumes(const ContainerSpec& spec);

/// The specification with a volume without a name at each place where the image wants one and the user says
/// nothing else.
[[nodiscard]] ContainerSpec with_image_volumes(ContainerSpec spec, const std::vector<std::string>& places);

/// Gives volumes without a name one, and makes those that are not there. What it makes, `undo` takes back.
/// The caller holds node.volume_changes. Errors: those of create_volume; invalid_argument a path of the host
/// that is not there.
Task<ContainerSpec> prepare_mounts(Node& node, ContainerSpec spec, AsyncUnwind& undo);

/// A disk belongs to one VM at a time. Errors: failed_precondition naming the container that has it.
Status check_volumes_free(const Node& node, const Container& wanting);

/// Notes whose disks the container's volumes become with its start. Errors: failed_precondition the host
/// would have to mount what a guest has written.
Task<void> claim_volumes(Node& node, std::shared_ptr<Container> container);

/// The disks of a container, in the order of launch::list_disks(), and what they were found to be.
Result<std::vector<launch::VolumeDisk>> find_disks(const Node& node, const Container& container);

/// Makes the snapshots of the host's folders that a container mounts, of now.
Task<void> make_snapshots(Node& node, std::vector<launch::VolumeDisk> disks);

/// Lets the guest unmount what lies on volumes, which writes it to their disks. The container's processes are
/// ended. A guest that does not answer in time is logged: its disks are as after a power cut. Returns when
/// nobody is at it any more, whoever began.
asio::awaitable<void> let_go_of_volumes(std::shared_ptr<Container> container, Duration limit);

/// Removes the volumes that go with a container that removes itself.
asio::awaitable<void> remove_own_volumes(Node& node, std::shared_ptr<Container> container);

// ---- for the use cases of volumes; the caller holds node.volume_changes

Task<void> make_volume(Node& node, store::VolumeRecord record);
/// A failure is logged: what stays is in the ledger.
asio::awaitable<void> destroy_volume(Node& node, std::string name);
/// Errors: invalid_argument naming the field.
Result<store::VolumeRecord> make_volume_record(const Node& node, const VolumeRequest& request);
[[nodiscard]] std::vector<std::shared_ptr<Container>> users_of(const Node& node, const std::string& volume);
[[nodiscard]] VolumeInfo describe_volume(const Node& node, const store::VolumeRecord& record);

} // namespace redoubt::node::sandbox
