// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/metrics/host_sample.hpp"

#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <string>
#include <vector>

#include "common/base/file.hpp"

namespace redoubt::node::metrics {
namespace {

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    while (true) {
        const auto begin = line.find_first_not_of(" \t");
        if (begin == std::string_view::npos) return words;
        line.remove_prefix(begin);
        const auto end = std::min(line.find_first_of(" \t"), line.size());
        words.push_back(line.substr(0, end));
        line.remove_prefix(end);
    }
}

template <class Each>
Status each_line(std::string_view text, Each each) {
    while (!text.empty()) {
        const auto end = text.find('\n');
        RDT_CHECK(each(text.substr(0, end)));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return {};
}

Result<std::uint64_t> number_of(std::string_view word) {
    std::uint64_t number = 0;
    const auto* end = word.data() + word.size();
    const auto [rest, error] = std::from_chars(word.data(), end, number);
    if (error == std::errc() && rest == end) return number;
    return fail(Code::invalid_argument, "'{}' is no number", word.substr(0, 40));
}

bool is_of_a_sandbox(std::string_view name) {
    for (const auto* prefix : {"lo", "tap", "veth", "rdt", "br-", "docker", "cni", "ifb"})
        if (name.starts_with(prefix)) return true;
    return false;
}

} // namespace

Status parse_stat(std::string_view text, std::int64_t ticks_per_second, HostSample& sample) {
    constexpr std::size_t k_idle = 4, k_waiting = 5, k_guest = 9; // guest time is in user time already
    bool is_found = false;
    sample.cpus = 0;
    RDT_CHECK(each_line(text, [&](std::string_view line) -> Status {
        const auto words = words_of(line);
        if (words.empty() || !words[0].starts_with("cpu")) return {};
        if (words[0] != "cpu") {
            ++sample.cpus;
            return {};
        }
        std::uint64_t busy = 0;
        for (std::size_t at = 1; at < words.size() && at < k_guest; ++at) {
            RDT_TRY(const auto ticks, number_of(words[at]));
            if (at != k_idle && at != k_waiting) busy += ticks;
        }
        sample.cpu_seconds = static_cast<double>(busy) / static_cast<double>(ticks_per_second);
        is_found = words.size() > k_idle;
        return {};
    }));
    if (!is_found) return fail(Code::invalid_argument, "/proc/stat: no line of all processors");
    return {};
}

Status parse_meminfo(std::string_view text, HostSample& sample) {
    constexpr std::uint64_t k_unit = 1024;
    std::uint64_t total = 0;
    std::uint64_t available = 0;
    RDT_CHECK(each_line(text, [&](std::string_view line) -> Status {
        const auto words = words_of(line);
        if (words.size() < 2) return {};
        if (words[0] == "MemTotal:") {
            RDT_TRY(total, number_of(words[1]));
        } else if (words[0] == "MemAvailable:") {
            RDT_TRY(available, number_of(words[1]));
        }
        return {};
    }));
    if (total == 0 || available > total)
        return fail(Code::invalid_argument, "/proc/meminfo: no memory in it");
    sample.memory_bytes = total * k_unit;
    sample.memory_used_bytes = (total - available) * k_unit;
    return {};
}

Status parse_net_dev(std::string_view text, HostSample& sample) {
    constexpr std::size_t k_received = 0, k_sent = 8;
    sample.network_received_bytes = sample.network_sent_bytes = 0;
    return each_line(text, [&](std::string_view line) -> Status {
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) return {}; // the heading
        const auto names = words_of(line.substr(0, colon));
        const auto words = words_of(line.substr(colon + 1));
        if (names.size() != 1 || words.size() <= k_sent)
            return fail(Code::invalid_argument, "/proc/net/dev: a line that is none");
        if (is_of_a_sandbox(names[0])) return {};
        RDT_TRY(const auto received, number_of(words[k_received]));
        RDT_TRY(const auto sent, number_of(words[k_sent]));
        sample.network_received_bytes += received;
        sample.network_sent_bytes += sent;
        return {};
    });
}

Result<HostSample> read_host_sample(const std::filesystem::path& state_folder) {
    HostSample sample;
    RDT_TRY(const auto stat, read_file("/proc/stat"));
    RDT_CHECK(parse_stat(stat, ::sysconf(_SC_CLK_TCK), sample));
    RDT_TRY(const auto meminfo, read_file("/proc/meminfo"));
    RDT_CHECK(parse_meminfo(meminfo, sample));
    RDT_TRY(const auto devices, read_file("/proc/net/dev"));
    RDT_CHECK(parse_net_dev(devices, sample));
    struct statvfs disk{};
    if (::statvfs(state_folder.c_str(), &disk) != 0)
        return fail_errno(errno, "look at {}", state_folder.native());
    sample.disk_bytes = disk.f_blocks * disk.f_frsize;
    sample.disk_used_bytes = (disk.f_blocks - disk.f_bfree) * disk.f_frsize;
    return sample;
}

} // namespace redoubt::node::metrics
