// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "installer/setup/choose_disk.hpp"

#include <algorithm>
#include <format>
#include <iterator>

namespace redoubt::installer {
namespace {

std::string described(const std::vector<Disk>& disks) {
    std::string text;
    for (const auto& disk : disks) {
        text += std::format("{}{} ({} GiB, serial {})", text.empty() ? "" : ", ", disk.path,
                            disk.bytes >> 30U, disk.serial.empty() ? "unknown" : disk.serial);
    }
    return text.empty() ? "none" : text;
}

bool is_meant(const Disk& disk, const std::string& where) {
    if (where == "only") return !disk.is_medium && !disk.read_only;
    if (where.starts_with("/dev/")) return disk.path == where;
    return disk.serial == where;
}

Status check_usable(const Disk& disk, bool erase) {
    if (disk.is_medium)
        return fail(Code::failed_precondition, "{} is what is being installed from", disk.path);
    if (disk.read_only) return fail(Code::failed_precondition, "{} is read-only", disk.path);
    if (disk.bytes < k_least_disk) {
        return fail(Code::failed_precondition, "{} has {} MiB; {} MiB are needed", disk.path,
                    disk.bytes >> 20U, k_least_disk >> 20U);
    }
    if (!disk.content.empty() && !erase) {
        return fail(Code::failed_precondition,
                    "{} is not empty: it has {}. Answer disk.erase = true if that may go", disk.path,
                    disk.content);
    }
    return {};
}

} // namespace

Result<Disk> choose_disk(const std::vector<Disk>& disks, const appliance::Answers& answers) {
    std::vector<Disk> meant;
    std::ranges::copy_if(disks, std::back_inserter(meant),
                         [&](const Disk& disk) { return is_meant(disk, answers.disk); });
    if (meant.empty())
        return fail(Code::not_found, "no disk is '{}'; there are: {}", answers.disk, described(disks));
    if (meant.size() > 1)
        return fail(Code::not_found, "'{}' is more than one disk: {}", answers.disk, described(meant));
    RDT_CHECK(check_usable(meant.front(), answers.erase));
    return meant.front();
}

} // namespace redoubt::installer
