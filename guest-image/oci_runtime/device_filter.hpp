// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <linux/bpf.h>

#include <vector>

#include "common/base/error.hpp"
#include "common/oci/runtime_spec.hpp"

namespace redoubt::guest::oci_runtime {

/// The kernel program that allows what the default devices, `devices` and then `rules` allow; the last word
/// on a device wins and nothing said means no. A device that a rule names exactly may do what the rules say
/// and no more. Pure. Errors: invalid_argument for an unknown type or access letter.
[[nodiscard]] Result<std::vector<bpf_insn>> compile_device_filter(const std::vector<oci::Device>& devices,
                                                                  const std::vector<oci::DeviceRule>& rules);

/// Loads it for the cgroup whose folder this is. It lives as long as the cgroup.
[[nodiscard]] Status attach_device_filter(int cgroup, const std::vector<bpf_insn>& program);

} // namespace redoubt::guest::oci_runtime
