// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <memory>

#include "guest-image/key_release/resource_source.hpp"

namespace redoubt::guest::key_release {

/// Of a guest that has no way to secrets: every call fails with `reason`.
[[nodiscard]] std::unique_ptr<ResourceSource> no_resources(Error reason);

} // namespace redoubt::guest::key_release
