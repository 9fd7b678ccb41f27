// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "common/base/error.hpp"
#include "common/oci/runtime_spec.hpp"

namespace redoubt::guest::oci_runtime {

/// Capability sets as bit masks: bit n is capability n of capabilities(7).
struct CapabilitySets {
    std::uint64_t bounding = 0, effective = 0, inheritable = 0, permitted = 0, ambient = 0;
};

/// A name that nobody knows, or that this kernel lacks, grants nothing and is left out, as the specification
/// asks.
[[nodiscard]] CapabilitySets parse_capabilities(const oci::Capabilities& names);

/// Takes all but `bounding` off the bounding set. Needs CAP_SETPCAP.
[[nodiscard]] Status limit_bounding_set(std::uint64_t bounding);

/// Sets the other four, after the change of user.
[[nodiscard]] Status apply_capabilities(const CapabilitySets& sets);

} // namespace redoubt::guest::oci_runtime
