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
#include <cstring>
#include <filesystem>
#include <system_error>
#include <vector>

#include "common/base/file.hpp"

namespace redoubt::guest::sandbox {

namespace {

constexpr std::size_t k_max_seed = 4096;

} // namespace

Status reseed_random(const std::string& seed) {
    if (seed.empty() || seed.size() > k_max_seed)
        return fail(Code::invalid_argument, "a seed has 1 to {} bytes, not {}", k_max_seed, seed.size());
    RDT_TRY(const auto device, open_file("/dev/urandom", O_RDWR));
    std::vector<char> bytes(sizeof(rand_pool_info) + seed.size());
    rand_pool_info header{};
    header.entropy_count = static_cast<int>(seed.size() * 8);
    header.buf_size = static_cast<int>(seed.size());
    std::memcpy(bytes.data(), &header, sizeof header);
    std::memcpy(bytes.data() + sizeof header, seed.data(), seed.size());
    if (::ioctl(device.get(), RNDADDENTROPY, bytes.data()) != 0) return fail_errno(errno, "add entropy");
    if (::ioctl(device.get(), RNDRESEEDCRNG) != 0) return fail_errno(errno, "reseed the random generator");
    return {};
}

Status set_clock(std::int64_t seconds, std::int64_t microseconds) {
    const timeval now{seconds, microseconds};
    if (::settimeofday(&now, nullptr) != 0)
        return fail_errno(errno, "set the clock to {}.{:06}", seconds, microseconds);
    return {};
}

Status bring_processors_online() {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/sys/devices/system/cpu", error)) {
        const auto file = entry.path() / "online";
        const auto online = read_file(file);
        if (online && online->starts_with('0')) RDT_CHECK(write_existing(file, "1"));
    }
    return {};
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
