// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/scsi_disk.hpp"

#include <charconv>
#include <chrono>
#include <format>
#include <optional>
#include <system_error>

#include "common/base/file.hpp"

namespace redoubt::guest::mount {

namespace fs = std::filesystem;

namespace {

constexpr auto k_poll = std::chrono::milliseconds(10);
/// A plugged disk announces itself; a bus that stays silent this long is asked.
constexpr auto k_scan_after = std::chrono::milliseconds(500);

std::optional<std::uint32_t> number_of(std::string_view text) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// sysfs names a device host:channel:target:lun.
std::optional<std::string> find_disk(ScsiAddress address, const fs::path& sysfs) {
    const std::string ending = std::format(":0:{}:{}", address.target, address.lun);
    std::error_code error;
    for (const auto& device : fs::directory_iterator(sysfs / "class/scsi_device", error)) {
        if (!device.path().filename().native().ends_with(ending)) continue;
        for (const auto& block : fs::directory_iterator(device.path() / "device/block", error))
            return "/dev/" + block.path().filename().native();
    }
    return std::nullopt;
}

void scan_buses(ScsiAddress address, const fs::path& sysfs) {
    std::error_code error;
    for (const auto& host : fs::directory_iterator(sysfs / "class/scsi_host", error)) {
        // A bus that refuses to be scanned has no disk for us; the deadline speaks for all of them.
        auto scanned =
            write_existing(host.path() / "scan", std::format("0 {} {}", address.target, address.lun));
    }
}

} // namespace

Result<ScsiAddress> parse_scsi_address(const std::string& text) {
    const auto colon = text.find(':');
    if (colon != std::string::npos) {
        const auto target = number_of(std::string_view(text).substr(0, colon));
        const auto lun = number_of(std::string_view(text).substr(colon + 1));
        if (target && lun) return ScsiAddress{*target, *lun};
    }
    return fail(Code::invalid_argument, "SCSI address '{}' is not target:lun", text);
}

Task<std::string> wait_for_scsi_disk(ScsiAddress address, Duration limit, fs::path sysfs) {
    const auto begin = Clock::now();
    bool has_scanned = false;
    for (;;) {
        if (const auto disk = find_disk(address, sysfs)) co_return *disk;
        const auto waited = Clock::now() - begin;
        if (waited >= limit) break;
        if (!has_scanned && waited >= k_scan_after) {
            scan_buses(address, sysfs);
            has_scanned = true;
            continue;
        }
        co_await sleep_for(k_poll);
        if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
            co_return fail(Code::cancelled, "wait for SCSI disk {}:{}: the caller has gone", address.target,
                           address.lun);
    }
    co_return fail(Code::deadline_exceeded, "SCSI disk {}:{} did not appear within {} ms", address.target,
                   address.lun, std::chrono::duration_cast<std::chrono::milliseconds>(limit).count());
}

} // namespace redoubt::guest::mount
