// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/hypervisor/qemu/cgroup.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <format>
#include <ranges>
#include <sstream>
#include <vector>

#include "common/base/file.hpp"

namespace redoubt::node::hypervisor::qemu {
namespace {

namespace fs = std::filesystem;

// QEMU's own code, heap and device models, a translator's cache, and buffers of disks and network.
constexpr std::uint64_t k_emulator_bytes = 320ULL << 20U;
constexpr std::uint64_t k_vcpu_bytes = 16ULL << 20U;
// Threads: the main loop, workers of the disks (64 at most), and one a virtual processor.
constexpr std::uint64_t k_emulator_tasks = 96;

std::string group_name(const SandboxId& id) {
    return std::format("redoubt-vm-{}", id);
}

/// A line of mountinfo(5), as far as it matters here.
struct MountLine {
    fs::path place;
    std::string type;
    std::string options; ///< of the filesystem, behind its device
};

std::vector<MountLine> read_mounts(const fs::path& file) {
    std::vector<MountLine> mounts;
    std::istringstream lines(read_file(file).value_or(""));
    for (std::string line; std::getline(lines, line);) {
        const auto dash = line.find(" - ");
        if (dash == std::string::npos) continue;
        std::istringstream front(line.substr(0, dash));
        std::istringstream back(line.substr(dash + 3));
        std::string ignored;
        MountLine mount;
        std::string place;
        front >> ignored >> ignored >> ignored >> ignored >> place;
        std::string device;
        back >> mount.type >> device >> mount.options;
        mount.place = place;
        mounts.push_back(std::move(mount));
    }
    return mounts;
}

bool has_word(const std::string& text, std::string_view word, char separator) {
    return std::ranges::any_of(std::views::split(text, separator), [word](const auto& part) {
        return std::string_view(part.begin(), part.end()) == word;
    });
}

bool has_memory(const MountLine& mount) {
    if (mount.type == "cgroup") return has_word(mount.options, "memory", ',');
    auto controllers = read_file(mount.place / "cgroup.controllers").value_or("");
    if (!controllers.empty() && controllers.back() == '\n') controllers.pop_back();
    return mount.type == "cgroup2" && has_word(controllers, "memory", ' ');
}

Status set(const fs::path& group, const char* file, const std::string& value) {
    return write_existing(group / file, value);
}

} // namespace

Ceiling ceiling_of(std::uint64_t guest_memory_bytes, std::uint32_t vcpus) {
    return {.memory_bytes = guest_memory_bytes + k_emulator_bytes + vcpus * k_vcpu_bytes,
            .tasks = k_emulator_tasks + vcpus};
}

VmGroups::VmGroups(const fs::path& mounts, const fs::path& system) {
    std::error_code error;
    if (fs::is_directory(system, error)) {
        kind_ = Kind::scope;
        return;
    }
    for (const auto& mount : read_mounts(mounts)) {
        if (!has_memory(mount)) continue;
        kind_ = mount.type == "cgroup2" ? Kind::unified : Kind::legacy;
        hierarchy_ = mount.place;
        return;
    }
}

Status VmGroups::add(const SandboxId& id, pid_t pid, const Ceiling& ceiling) const {
    switch (kind_) {
    case Kind::none: return fail(Code::failed_precondition, "no controller of memory on this host");
    case Kind::scope: return start_scope({}, group_name(id) + ".scope", pid, ceiling);
    case Kind::unified:
    case Kind::legacy: break;
    }
    auto added = make_plain(id, ceiling);
    if (added) added = set(hierarchy_ / group_name(id), "cgroup.procs", std::to_string(pid));
    if (!added) [[maybe_unused]]
        const auto removed = remove(id); // the first failure is the one to tell
    return added.transform_error(context("control group {}", (hierarchy_ / group_name(id)).native()));
}

Status VmGroups::check() const {
    if (kind_ == Kind::scope) return {};
    if (kind_ == Kind::none) return fail(Code::failed_precondition, "no controller of memory on this host");
    const SandboxId trial(std::format("trial-{}", ::getpid()));
    auto made = make_plain(trial, ceiling_of(0, 1));
    auto removed = remove(trial);
    return made ? removed : made;
}

Status VmGroups::make_plain(const SandboxId& id, const Ceiling& ceiling) const {
    const auto group = hierarchy_ / group_name(id);
    if (kind_ == Kind::unified) {
        // Whoever made the hierarchy may have done so already, and may have kept it from us.
        RDT_CHECK(set(hierarchy_, "cgroup.subtree_control", "+memory"));
        [[maybe_unused]] const auto tasks = set(hierarchy_, "cgroup.subtree_control", "+pids");
    }
    if (::mkdir(group.c_str(), 0755) != 0 && errno != EEXIST) return fail_errno(errno, "make it");
    const auto memory = std::to_string(ceiling.memory_bytes);
    if (kind_ == Kind::unified) {
        RDT_CHECK(set(group, "memory.max", memory));
        [[maybe_unused]] const auto tasks = set(group, "pids.max", std::to_string(ceiling.tasks));
        return {};
    }
    return set(group, "memory.limit_in_bytes", memory);
}

Status VmGroups::remove(const SandboxId& id) const {
    if (kind_ != Kind::unified && kind_ != Kind::legacy) return {};
    const auto group = hierarchy_ / group_name(id);
    if (::rmdir(group.c_str()) != 0 && errno != ENOENT)
        return fail_errno(errno, "remove control group {}", group.native());
    return {};
}

} // namespace redoubt::node::hypervisor::qemu
