// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string_view>

namespace redoubt::services::attestation {

/// How a processor's evidence is appraised where the tenant says nothing else: what a reference value covers
/// is affirmed, nothing else is.
[[nodiscard]] std::string_view default_cpu_policy();

} // namespace redoubt::services::attestation
