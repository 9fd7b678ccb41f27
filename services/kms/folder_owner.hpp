// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>

#include "common/base/error.hpp"

namespace redoubt::services::kms {

/// What root makes in a folder is the service's, whose folder it is: gives an open file to the folder's
/// owner. Does nothing for anybody but root. Errors: errno's.
Status give_to_folders_owner(int file, const std::filesystem::path& folder);

} // namespace redoubt::services::kms
