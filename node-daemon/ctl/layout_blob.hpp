// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>
#include <string>

#include "common/base/error.hpp"

namespace redoubt::ctl {

/// A small blob of an OCI layout, by its digest. Errors: those of reading; invalid_argument no digest;
/// data_loss its bytes are not what its name says.
[[nodiscard]] Result<std::string> read_layout_blob(const std::filesystem::path& layout,
                                                   const std::string& name);

} // namespace redoubt::ctl
