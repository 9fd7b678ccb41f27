// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What a guest's policy is told of a container, and what it need not be asked about. Pure.

#include <string>

#include "common/oci/runtime_spec.hpp"

namespace redoubt::node::launch {

/// Whose the container is. Source: containerd's CRI annotations, which Kata's policies compare.
struct StatedNames {
    std::string pod;        ///< of a container alone: its own name
    std::string name_space; ///< Kubernetes namespace
    std::string container;
    std::string image; ///< as it was asked for
};

/// Puts the names into the specification's annotations, and takes its system call filter away: it protects a
/// guest's kernel from the workload, whose own guest that is, and a host could lie to programs by one.
/// Source: docs/formats/policy.md.
void state_for_policy(const StatedNames& names, oci::Spec& spec);

} // namespace redoubt::node::launch
