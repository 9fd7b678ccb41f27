// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/oci_runtime/cgroup_identity.hpp"

#include <fcntl.h>

#include <array>
#include <cstring>
#include <format>
#include <system_error>

#include "common/base/file.hpp"
#include "common/base/unique_fd.hpp"

namespace redoubt::guest::oci_runtime {
namespace {

constexpr int k_kernfs_handle = 0xfe; // Source: Linux include/linux/exportfs.h, FILEID_KERNFS

} // namespace

Result<std::filesystem::path> path_of_cgroup(const std::filesystem::path& parent, std::uint64_t identity) {
    RDT_TRY(const auto root, open_file(parent, O_RDONLY | O_DIRECTORY));
    alignas(file_handle) std::array<char, sizeof(file_handle) + sizeof identity> bytes{};
    auto* const handle = reinterpret_cast<file_handle*>(bytes.data());
    handle->handle_bytes = sizeof identity;
    handle->handle_type = k_kernfs_handle;
    std::memcpy(bytes.data() + sizeof(file_handle), &identity, sizeof identity);
    const UniqueFd folder(::open_by_handle_at(root.get(), handle, O_PATH | O_CLOEXEC));
    if (!folder) return fail(Code::not_found, "there is no control group {}", identity);
    std::error_code error;
    auto path = std::filesystem::read_symlink(std::format("/proc/self/fd/{}", folder.get()), error);
    if (error) return fail_errno(error.value(), "control group {}", identity);
    return path;
}

} // namespace redoubt::guest::oci_runtime
