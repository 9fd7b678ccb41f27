// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::node::metrics {

/// Memory of one VM, in bytes.
struct VmMemory {
    std::string runtime_class;    ///< as a cluster knows it: "redoubt"
    std::uint64_t host = 0;       ///< that it takes of the host
    std::uint64_t containers = 0; ///< what of it is its containers'
};

/// What a VMM's process alone holds: the guest's memory and its own, without what a file backs that others
/// have too (a template, a program). Source: proc(5), /proc/pid/status, RssAnon and RssShmem. Errors:
/// invalid_argument.
[[nodiscard]] Result<std::uint64_t> parse_vmm_memory(std::string_view status);

/// What a VM takes besides what its containers use, the median of each class: Kubernetes' overhead of a
/// RuntimeClass. Pure.
[[nodiscard]] std::map<std::string, std::uint64_t> overhead_of(const std::vector<VmMemory>& vms);

} // namespace redoubt::node::metrics
