// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/oci_runtime/cgroup.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <format>
#include <sstream>
#include <string_view>
#include <system_error>

#include "common/base/file.hpp"

namespace redoubt::guest::oci_runtime {

namespace {

std::string limit_text(std::int64_t limit) {
    return limit < 0 ? "max" : std::to_string(limit);
}

std::uint64_t number_in(const std::filesystem::path& file) {
    const auto text = read_file(file);
    if (!text) return 0;
    std::uint64_t value = 0; // "max" stays 0: no limit
    std::from_chars(text->data(), text->data() + text->size(), value);
    return value;
}

/// Files of "name number" lines.
std::map<std::string, std::uint64_t> table_in(const std::filesystem::path& file) {
    std::map<std::string, std::uint64_t> table;
    std::istringstream lines(read_file(file).value_or(""));
    std::string name;
    std::uint64_t value = 0;
    while (lines >> name >> value) table[name] = value;
    return table;
}

std::uint64_t value_of(const std::map<std::string, std::uint64_t>& table, const std::string& name) {
    const auto found = table.find(name);
    return found == table.end() ? 0 : found->second;
}

/// The kernel's weight for cgroup v1's shares. Source: runc and systemd use this same line through (2,1) and
/// (262144,10000).
std::uint64_t weight_of_shares(std::uint64_t shares) {
    const std::uint64_t bounded = std::clamp<std::uint64_t>(shares, 2, 262144);
    return 1 + ((bounded - 2) * 9999) / 262142;
}

/// The specification counts memory and swap together, the kernel counts swap alone.
Result<std::string> swap_limit(const oci::Resources& resources) {
    if (resources.memory_swap < 0) return "max";
    if (resources.memory_swap < resources.memory_limit)
        return fail(Code::invalid_argument, "memory and swap limit {} is below the memory limit {}",
                    resources.memory_swap, resources.memory_limit);
    return std::to_string(resources.memory_swap - std::max<std::int64_t>(resources.memory_limit, 0));
}

Status remove_tree(const std::filesystem::path& path) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(path, error))
        if (entry.is_directory(error) && !entry.is_symlink(error)) RDT_CHECK(remove_tree(entry.path()));
    if (::rmdir(path.c_str()) == 0 || errno == ENOENT) return {};
    if (errno == EBUSY)
        return fail(Code::failed_precondition, "cgroup {} still has processes", path.native());
    return fail_errno(errno, "remove cgroup {}", path.native());
}

} // namespace

std::vector<BlockUsage> parse_block_usage(std::string_view text) {
    std::vector<BlockUsage> all;
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        BlockUsage usage;
        char colon = 0;
        if (!(words >> usage.major >> colon >> usage.minor) || colon != ':') continue;
        for (std::string word; words >> word;) {
            const auto equals = word.find('=');
            if (equals == std::string::npos) continue;
            const std::string_view key = std::string_view(word).substr(0, equals);
            std::uint64_t* const place = key == "rbytes"   ? &usage.read_bytes
                                         : key == "wbytes" ? &usage.written_bytes
                                         : key == "rios"   ? &usage.reads
                                         : key == "wios"   ? &usage.writes
                                                           : nullptr;
            if (place != nullptr)
                std::from_chars(word.data() + equals + 1, word.data() + word.size(), *place);
        }
        all.push_back(usage);
    }
    return all;
}

Result<Cgroup> Cgroup::create(const std::filesystem::path& parent, const std::string& name,
                              const oci::Resources& resources) {
    const auto path = parent / name;
    if (::mkdir(path.c_str(), 0755) != 0) return fail_errno(errno, "make cgroup {}", path.native());
    auto folder = open_file(path, O_RDONLY | O_DIRECTORY);
    if (!folder) {
        ::rmdir(path.c_str());
        return std::unexpected(folder.error());
    }
    Cgroup group(path, std::move(*folder));
    if (auto applied = group.apply(resources); !applied) {
        ::rmdir(path.c_str());
        return std::unexpected(applied.error());
    }
    return group;
}

Status Cgroup::apply(const oci::Resources& resources) const {
    const auto set = [this](std::string_view file, const std::string& value) -> Status {
        auto written = write_existing(path_ / file, value);
        if (written) return {};
        if (written.error().code == Code::not_found)
            return fail(Code::failed_precondition, "limit {}: the guest has no such cgroup controller", file);
        return std::unexpected(written.error().within(std::format("limit {} to {}", file, value)));
    };
    if (resources.memory_limit != 0) RDT_CHECK(set("memory.max", limit_text(resources.memory_limit)));
    if (resources.memory_reservation != 0)
        RDT_CHECK(set("memory.low", limit_text(resources.memory_reservation)));
    if (resources.memory_swap != 0) {
        RDT_TRY(const auto limit, swap_limit(resources));
        // A kernel without swap needs no limit of it.
        if (::access((path_ / "memory.swap.max").c_str(), F_OK) == 0)
            RDT_CHECK(set("memory.swap.max", limit));
    }
    if (resources.cpu_quota != 0 || resources.cpu_period != 0) {
        const std::uint64_t period = resources.cpu_period != 0 ? resources.cpu_period : 100000;
        const auto quota = resources.cpu_quota > 0 ? std::to_string(resources.cpu_quota) : std::string("max");
        RDT_CHECK(set("cpu.max", std::format("{} {}", quota, period)));
    }
    if (resources.cpu_shares != 0)
        RDT_CHECK(set("cpu.weight", std::to_string(weight_of_shares(resources.cpu_shares))));
    if (resources.pids_limit != 0) RDT_CHECK(set("pids.max", limit_text(resources.pids_limit)));
    if (!resources.cpuset_cpus.empty()) RDT_CHECK(set("cpuset.cpus", resources.cpuset_cpus));
    if (!resources.cpuset_mems.empty()) RDT_CHECK(set("cpuset.mems", resources.cpuset_mems));
    return {};
}

Status Cgroup::kill() const {
    return write_existing(path_ / "cgroup.kill", "1");
}
Status Cgroup::freeze() const {
    return write_existing(path_ / "cgroup.freeze", "1");
}
Status Cgroup::thaw() const {
    return write_existing(path_ / "cgroup.freeze", "0");
}

CgroupUsage Cgroup::usage() const {
    CgroupUsage usage;
    const auto cpu = table_in(path_ / "cpu.stat");
    usage.cpu_usec = value_of(cpu, "usage_usec");
    usage.cpu_user_usec = value_of(cpu, "user_usec");
    usage.cpu_system_usec = value_of(cpu, "system_usec");
    usage.periods = value_of(cpu, "nr_periods");
    usage.throttled_periods = value_of(cpu, "nr_throttled");
    usage.throttled_usec = value_of(cpu, "throttled_usec");
    usage.memory = number_in(path_ / "memory.current");
    usage.memory_peak = number_in(path_ / "memory.peak");
    usage.memory_limit = number_in(path_ / "memory.max");
    usage.memory_limit_hits = value_of(table_in(path_ / "memory.events"), "max");
    usage.memory_details = table_in(path_ / "memory.stat");
    usage.swap = number_in(path_ / "memory.swap.current");
    usage.swap_limit = number_in(path_ / "memory.swap.max");
    usage.pids = number_in(path_ / "pids.current");
    usage.pids_limit = number_in(path_ / "pids.max");
    usage.blocks = parse_block_usage(read_file(path_ / "io.stat").value_or(""));
    return usage;
}

std::uint64_t Cgroup::oom_kills() const {
    return value_of(table_in(path_ / "memory.events"), "oom_kill");
}

Status Cgroup::remove() const {
    return remove_tree(path_);
}

} // namespace redoubt::guest::oci_runtime
