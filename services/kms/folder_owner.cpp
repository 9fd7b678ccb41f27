// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/kms/folder_owner.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace redoubt::services::kms {

Status give_to_folders_owner(int file, const std::filesystem::path& folder) {
    struct stat owner{};
    if (::geteuid() != 0) return {};
    if (::stat(folder.c_str(), &owner) != 0 || ::fchown(file, owner.st_uid, owner.st_gid) != 0)
        return fail_errno(errno, "give a file in {} to its owner", folder.native());
    return {};
}

} // namespace redoubt::services::kms
