// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What the console knows of a node, as values of its own. Times are nanoseconds since the Unix epoch, 0: not
/// yet; sizes are bytes.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace redoubt::gui {

enum class WorkloadKind : std::uint8_t { container, pod };
enum class WorkloadState : std::uint8_t { created, starting, running, degraded, paused, stopping, exited };

[[nodiscard]] std::string_view name_of(WorkloadKind kind);
[[nodiscard]] std::string_view name_of(WorkloadState state);

/// A container or a pod: one line of the workloads table.
struct Workload {
    std::string id;
    std::string name;
    WorkloadKind kind = WorkloadKind::container;
    WorkloadState state = WorkloadState::created;
    std::string image;   ///< of a container
    std::string command; ///< of a container, words separated by spaces
    std::string level;   ///< isolation level; of a pod that of its containers
    std::string pod;     ///< id of its pod, empty: none
    std::string pod_name;
    std::string reason; ///< why it ended when not by itself
    std::int64_t created_at = 0;
    std::int64_t started_at = 0;
    std::int64_t finished_at = 0;
    std::int32_t exit_code = 0; ///< of exited
    std::uint32_t restarts = 0;
    std::uint32_t members = 0;         ///< of a pod: its containers
    bool simulation = false;           ///< a simulator signs its evidence
    std::optional<double> cpu_percent; ///< of one CPU; nothing while it is not measured
    std::uint64_t memory_bytes = 0;    ///< 0: not measured

    [[nodiscard]] bool operator==(const Workload&) const = default;
};

/// A container's counters since its start.
struct Usage {
    std::string id;
    std::int64_t time = 0;
    std::uint64_t cpu_ns = 0;
    std::uint64_t memory_bytes = 0;
    std::uint64_t received_bytes = 0;
    std::uint64_t sent_bytes = 0;
    std::uint64_t read_bytes = 0;
    std::uint64_t written_bytes = 0;
};

struct ImageRow {
    std::string id;
    std::string names; ///< separated by ", "; empty: none
    std::string platform;
    std::uint64_t size_bytes = 0;
    std::int64_t created_at = 0;
    std::int64_t pulled_at = 0;
    bool encrypted = false;

    [[nodiscard]] bool operator==(const ImageRow&) const = default;
};

struct NodeEvent {
    std::int64_t time = 0;
    std::string type;
    std::string action;
    std::string id;
    std::string name;
    std::string details; ///< "exit_code=0 image=busybox"

    [[nodiscard]] bool operator==(const NodeEvent&) const = default;
};

struct NodeFacts {
    std::string version;
    std::string hostname;
    std::string kernel;
    std::string state_directory;
    std::string hypervisor;
    std::string accelerator;
    std::string accelerator_reason; ///< why not KVM
    std::string guest_version;
    std::string guest_kernel_sha384;
    std::string guest_initramfs_sha384;
    std::uint64_t containers_running = 0;
    std::uint64_t containers_total = 0;
    std::uint64_t images = 0;
    std::uint32_t cpus = 0;
    std::uint64_t memory_bytes = 0;
    std::int64_t started_at = 0;
    bool drained = false;
};

struct Check {
    enum class Verdict : std::uint8_t { ok, warning, failed };
    std::string name;
    Verdict verdict = Verdict::ok;
    std::string detail;
    std::string remedy;
};

struct DiskUse {
    std::uint64_t image_bytes = 0;
    std::uint64_t reclaimable_bytes = 0; ///< of image_bytes
    std::uint64_t volume_bytes = 0;      ///< sizes of the volumes' disks
    std::uint64_t log_bytes = 0;
};

/// What a node says of a confidential guest's launch; no evidence passes the node.
struct Confidential {
    std::string trust; ///< whose word its evidence is: "simulation"
    std::string initdata_digest;
    std::string host_data;
    std::string measurement;
    std::string firmware;
    std::string broker;
};

/// A name and what it is, in groups with a title: shown as it is.
struct DetailGroup {
    std::string title;
    std::vector<std::pair<std::string, std::string>> lines;
};

struct Details {
    std::string id;
    std::vector<DetailGroup> groups;
    std::optional<Confidential> confidential;
};

struct LogLine {
    std::int64_t time = 0;
    bool is_error = false; ///< of standard error
    std::string text;      ///< bytes as they were written, without the newline
};

struct LogOptions {
    bool follow = true;
    std::uint64_t tail = 2000; ///< most lines of before
};

struct PullRequest {
    std::string reference;
    bool plain_http = false;
};

/// Of all layers of an image together.
struct PullProgress {
    std::uint64_t done_bytes = 0;
    std::uint64_t total_bytes = 0; ///< 0: not known yet
    std::string phase;             ///< "downloading"
};

/// What the run wizard asks for.
struct RunRequest {
    std::string image;
    std::string name;
    std::vector<std::string> command;
    std::vector<std::pair<std::string, std::string>> environment;
    std::string level = "vm";
    std::uint64_t memory_bytes = 0; ///< 0: the node's default
    double cpus = 0;                ///< 0: the node's default
    std::string network;            ///< empty: the node's default
    std::string initdata;           ///< text of it; of the level confidential alone
    bool terminal = false;
    bool read_only = false;
    bool remove_at_end = false;
    bool plain_http = false; ///< of the pull, if the image is not there
};

enum class JobState : std::uint8_t { running, done, failed };
[[nodiscard]] std::string_view name_of(JobState state);

/// Work that somebody asked for here, until it has ended.
struct Job {
    std::string id;
    std::string title; ///< "Stop web"
    JobState state = JobState::running;
    double progress = -1; ///< 0 to 1; below 0: not known
    std::string detail;   ///< what it does, or why it failed
    std::int64_t started_at = 0;
    std::int64_t ended_at = 0;

    [[nodiscard]] bool operator==(const Job&) const = default;
};

/// Now, in nanoseconds since the Unix epoch.
[[nodiscard]] std::int64_t now_ns();

} // namespace redoubt::gui
