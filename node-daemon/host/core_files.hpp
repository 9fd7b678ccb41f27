// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "common/base/error.hpp"

namespace redoubt::node::host {

/// From here on this process and what it starts write no core files: credentials of registries and what
/// guests print pass through their memory. Who has a use for one may raise the limit again. Errors: by errno.
[[nodiscard]] Status forbid_core_files();

} // namespace redoubt::node::host
