// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Rows of the state database. Format: docs/formats/state-database.md. Times are nanoseconds since the Unix
/// epoch, 0 not yet.

#include <cstdint>
#include <string>

#include "common/base/strong_id.hpp"
#include "node-daemon/launch/pod_id.hpp"

namespace redoubt::node::store {

struct ContainerRecord {
    ContainerId id;
    std::string name;
    std::string spec; ///< JSON, versioned
    std::string image_id;
    std::string command; ///< JSON array: entrypoint and arguments
    std::string state;   ///< created, starting, running, stopping, exited
    std::int64_t created_at = 0;
    std::int64_t started_at = 0;
    std::int64_t finished_at = 0;
    int exit_code = 0;
    bool oom_killed = false;
    std::string reason;
    bool stopped_by_user = false;   ///< since somebody last started it: its restart policy rests
    std::int64_t restart_count = 0; ///< by its restart policy, since somebody last started it
    PodId pod = {};                 ///< empty: alone in its VM
    std::string last_launch = {};   ///< of a confidential VM of its own: JSON, facts of when it last started
    bool operator==(const ContainerRecord&) const = default;
};

/// A named volume; the row exists from after its disk is made until before it is removed.
struct VolumeRecord {
    std::string name;
    std::uint64_t size_bytes = 0;
    bool is_encrypted = false;
    bool is_anonymous = false;
    std::string labels; ///< JSON object
    std::int64_t created_at = 0;
    std::string key_uri = {}; ///< of one that is kept with a key of a broker's
    bool operator==(const VolumeRecord&) const = default;
};

/// Containers that share a VM.
struct PodRecord {
    PodId id;
    std::string name;
    std::string spec; ///< JSON, versioned
    std::int64_t created_at = 0;
    std::int64_t started_at = 0; ///< when somebody last started it
    bool is_wanted = false;      ///< somebody started it, and nobody has stopped it since
    bool operator==(const PodRecord&) const = default;
};

/// The VM of a container or of a pod; the row exists from before the VM is made until it is gone.
struct SandboxRecord {
    SandboxId id;
    ContainerId container; ///< empty: a pod's
    int vmm_pid = 0;       ///< 0: not started yet
    std::string vmm_start_time;
    std::string runtime_directory;
    std::string facts; ///< JSON, versioned: what the plan made of it, for inspect
    PodId pod = {};    ///< empty: a container's
    bool operator==(const SandboxRecord&) const = default;
};

/// A container's share of its pod's VM; the row exists from before anything is made for it there.
struct MemberRecord {
    ContainerId container;
    SandboxId sandbox;
    std::uint32_t slot = 0; ///< SCSI target of its disks
    std::string facts;      ///< JSON, as a sandbox's
    bool operator==(const MemberRecord&) const = default;
};

/// A host resource that somebody must take away again. Written before the resource is made, deleted after it
/// is gone.
struct LedgerEntry {
    std::string kind;  ///< vm, runtime-directory, container-directory, volume...
    std::string name;  ///< unique within its kind: a path, a sandbox id, a volume's name
    std::string owner; ///< container id; of a volume its name
    std::int64_t created_at = 0;
    bool operator==(const LedgerEntry&) const = default;
};

} // namespace redoubt::node::store
