// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/sandbox/guest_upkeep.hpp"

#include <fcntl.h>
#include <linux/random.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/utsname.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <format>
#include <string_view>
#include <system_error>
#include <vector>

#include "common/base/file.hpp"

namespace redoubt::guest::sandbox {

namespace {

constexpr std::size_t k_max_seed = 4096;
constexpr auto k_look_again = std::chrono::milliseconds(20);

/// How a kind of plugged hardware says in sysfs that it is off, and is told to be on.
struct Switch {
    const char* file;
    std::string_view off;
    std::string_view on;
};
constexpr Switch k_processor{"online", "0", "1"};
constexpr Switch k_memory{"state", "offline", "online"};

/// Switches on what is off; how many there were.
Result<std::uint32_t> switch_on(const std::filesystem::path& folder, std::string_view prefix,
                                const Switch& how) {
    std::uint32_t count = 0;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        if (!entry.path().filename().native().starts_with(prefix)) continue;
        const auto file = entry.path() / how.file;
        const auto state = read_file(file);
        if (!state || !state->starts_with(how.off)) continue;
        RDT_CHECK(write_existing(file, how.on));
        ++count;
    }
    return count;
}

} // namespace

Status reseed_random(const std::string& seed, HostEntropy entropy) {
    if (seed.empty() || seed.size() > k_max_seed)
        return fail(Code::invalid_argument, "a seed has 1 to {} bytes, not {}", k_max_seed, seed.size());
    RDT_TRY(const auto device, open_file("/dev/urandom", O_RDWR));
    std::vector<char> bytes(sizeof(rand_pool_info) + seed.size());
    rand_pool_info header{};
    header.entropy_count = entropy == HostEntropy::credited ? static_cast<int>(seed.size() * 8) : 0;
    header.buf_size = static_cast<int>(seed.size());
    std::memcpy(bytes.data(), &header, sizeof header);
    std::memcpy(bytes.data() + sizeof header, seed.data(), seed.size());
    if (::ioctl(device.get(), RNDADDENTROPY, bytes.data()) != 0) return fail_errno(errno, "add entropy");
    if (::ioctl(device.get(), RNDRESEEDCRNG) != 0) return fail_errno(errno, "reseed the random generator");
    return {};
}

Status set_clock(std::int64_t seconds, std::int64_t microseconds) {
    if (seconds < 0 || microseconds < 0 || microseconds >= 1'000'000)
        return fail(Code::invalid_argument, "{} seconds and {} microseconds are no time", seconds,
                    microseconds);
    const timeval now{seconds, microseconds};
    if (::settimeofday(&now, nullptr) != 0)
        return fail_errno(errno, "set the clock to {}.{:06}", seconds, microseconds);
    return {};
}

Task<void> bring_online(OnlineRequest request, Duration limit, std::filesystem::path sysfs) {
    const auto deadline = Clock::now() + limit;
    if (request.has_memory) RDT_CO_CHECK(switch_on(sysfs / "devices/system/memory", "memory", k_memory));
    std::uint32_t come = 0;
    for (;;) {
        RDT_CO_TRY(const auto now, switch_on(sysfs / "devices/system/cpu", "cpu", k_processor));
        come += now;
        if (come >= request.processors || !request.is_awaited) co_return Status{};
        if (Clock::now() >= deadline)
            co_return fail(Code::deadline_exceeded, "{} of {} processors have come", come,
                           request.processors);
        co_await sleep_for(k_look_again);
        if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
            co_return fail(Code::cancelled, "wait for processors: the caller has gone");
    }
}

Status probe_memory(const std::vector<std::uint64_t>& addresses, const std::filesystem::path& sysfs) {
    const auto file = sysfs / "devices/system/memory/probe";
    std::error_code error;
    if (!std::filesystem::exists(file, error))
        return fail(Code::failed_precondition, "the guest kernel does not take memory by probe");
    for (const auto address : addresses)
        RDT_CHECK(
            write_existing(file, std::format("{:#x}", address)).transform_error(context("probe memory")));
    return {};
}

bool can_probe_memory() {
    std::error_code error;
    return std::filesystem::exists("/sys/devices/system/memory/probe", error);
}

std::string kernel_release() {
    utsname names{};
    return ::uname(&names) == 0 ? std::string(names.release) : std::string();
}

std::uint64_t memory_block_size() {
    const auto text = read_file("/sys/devices/system/memory/block_size_bytes");
    std::uint64_t size = 0;
    if (text) std::from_chars(text->data(), text->data() + text->size(), size, 16);
    return size;
}

} // namespace redoubt::guest::sandbox
