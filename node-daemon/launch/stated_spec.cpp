// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launch/stated_spec.hpp"

namespace redoubt::node::launch {

void state_for_policy(const StatedNames& names, oci::Spec& spec) {
    spec.annotations["io.kubernetes.cri.container-type"] = "container";
    spec.annotations["io.kubernetes.cri.container-name"] = names.container;
    spec.annotations["io.kubernetes.cri.sandbox-name"] = names.pod;
    spec.annotations["io.kubernetes.cri.sandbox-namespace"] = names.name_space;
    spec.annotations["io.kubernetes.cri.image-name"] = names.image;
    spec.linux_part.seccomp.reset();
}

} // namespace redoubt::node::launch
