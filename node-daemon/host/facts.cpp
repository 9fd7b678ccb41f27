// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/host/facts.hpp"

#include <sys/utsname.h>

#include <charconv>
#include <chrono>
#include <ctime>
#include <thread>

#ifdef __x86_64__
#include <x86intrin.h>
#endif

#include "common/base/file.hpp"

namespace redoubt::node::host {
namespace {

using namespace std::chrono_literals;

struct Moment {
    std::uint64_t ticks = 0;
    std::int64_t nanoseconds = 0;
};

Moment now() {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC_RAW, &time);
#ifdef __x86_64__
    const std::uint64_t ticks = __rdtsc();
#else
    const std::uint64_t ticks = 0;
#endif
    return {.ticks = ticks, .nanoseconds = std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec};
}

/// The counter against the raw clock. /proc/cpuinfo's MHz follows frequency scaling and would mislead.
std::uint64_t measure_tsc_khz() {
    const auto begin = now();
    std::this_thread::sleep_for(20ms);
    const auto end = now();
    const auto elapsed = end.nanoseconds - begin.nanoseconds;
    if (elapsed <= 0) return 0;
    return (end.ticks - begin.ticks) * 1'000'000 / static_cast<std::uint64_t>(elapsed);
}

} // namespace

Result<std::uint64_t> parse_memory_total(std::string_view meminfo) {
    constexpr std::string_view name = "MemTotal:";
    const auto place = meminfo.find(name);
    if (place == std::string_view::npos) return fail(Code::invalid_argument, "meminfo: no MemTotal");
    meminfo.remove_prefix(place + name.size());
    meminfo.remove_prefix(std::min(meminfo.find_first_not_of(' '), meminfo.size()));
    std::uint64_t kibibytes = 0;
    if (std::from_chars(meminfo.data(), meminfo.data() + meminfo.size(), kibibytes).ec != std::errc{})
        return fail(Code::invalid_argument, "meminfo: MemTotal is not a number");
    return kibibytes * 1024;
}

bool has_constant_tsc(std::string_view cpuinfo) {
    const auto flags = cpuinfo.substr(std::min(cpuinfo.find("\nflags"), cpuinfo.size()));
    const auto line = flags.substr(0, flags.find('\n', 1));
    return line.contains(" constant_tsc") || line.contains(" tsc_known_freq");
}

Result<HostFacts> read_host_facts() {
    HostFacts facts;
    utsname name{};
    if (::uname(&name) != 0) return fail_errno(errno, "uname");
    facts.hostname = name.nodename;
    facts.kernel_release = name.release;
    facts.cpus = std::max(1U, std::thread::hardware_concurrency());
    RDT_TRY(const auto meminfo, read_file("/proc/meminfo"));
    RDT_TRY(facts.memory_bytes, parse_memory_total(meminfo));
    RDT_TRY(const auto cpuinfo, read_file("/proc/cpuinfo"));
    if (has_constant_tsc(cpuinfo)) facts.tsc_khz = measure_tsc_khz();
    RDT_TRY(facts.boot_id, read_file("/proc/sys/kernel/random/boot_id"));
    while (facts.boot_id.ends_with('\n')) facts.boot_id.pop_back();
    return facts;
}

} // namespace redoubt::node::host
