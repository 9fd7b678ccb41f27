// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/confidential/initdata_search.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "common/base/file.hpp"
#include "common/initdata/initdata_disk.hpp"

namespace redoubt::guest::confidential {
namespace {

namespace fs = std::filesystem;

constexpr auto k_look_again = std::chrono::milliseconds(5);

bool is_disk(const std::string& name) {
    return (name.starts_with("sd") || name.starts_with("vd")) && name.size() > 2 &&
           std::all_of(name.begin() + 2, name.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

std::vector<fs::path> disks_of(const fs::path& dev) {
    std::vector<fs::path> disks;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(dev, error))
        if (is_disk(entry.path().filename().native())) disks.push_back(entry.path());
    std::ranges::sort(disks);
    return disks;
}

Result<std::string> read_exactly(int fd, std::size_t size, const fs::path& disk) {
    std::string bytes(size, '\0');
    std::size_t have = 0;
    while (have < size) {
        const auto count = ::read(fd, bytes.data() + have, size - have);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail_errno(errno, "read {}", disk.native());
        if (count == 0) return fail(Code::invalid_argument, "{} ends after {} bytes", disk.native(), have);
        have += static_cast<std::size_t>(count);
    }
    return bytes;
}

/// The text of this disk; nothing when it is another kind of disk, or not ready.
Result<std::optional<std::string>> read_disk(const fs::path& disk) {
    const auto fd = open_file(disk, O_RDONLY | O_NONBLOCK);
    if (!fd) return std::nullopt;
    auto header = read_exactly(fd->get(), initdata::k_disk_header_size, disk);
    if (!header) return std::nullopt;
    RDT_TRY(const auto size,
            initdata::read_disk_header(*header).transform_error(context("{}", disk.native())));
    if (!size) return std::nullopt;
    RDT_TRY(const auto stream, read_exactly(fd->get(), *size, disk));
    RDT_TRY(auto text, initdata::read_disk(*header + stream).transform_error(context("{}", disk.native())));
    return std::optional(std::move(text));
}

} // namespace

Task<std::string> find_initdata(Duration patience, mount::KernelFolders kernel) {
    const auto deadline = Clock::now() + patience;
    mount::look_for_disks(kernel);
    while (true) {
        for (const auto& disk : disks_of(kernel.dev)) {
            RDT_CO_TRY(auto text, read_disk(disk));
            if (text) co_return *std::move(text);
        }
        if (Clock::now() >= deadline)
            co_return fail(Code::not_found, "the VM has no disk with initdata, within {} ms",
                           std::chrono::duration_cast<std::chrono::milliseconds>(patience).count());
        co_await sleep_for(k_look_again);
    }
}

} // namespace redoubt::guest::confidential
