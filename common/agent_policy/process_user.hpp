// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Who a container's process runs as: what a node makes of a pod's and an image's words.

#include <cstdint>
#include <set>
#include <string>

#include "common/agent_policy/image_facts.hpp"
#include "common/agent_policy/workload.hpp"

namespace redoubt::agent_policy {

struct ProcessUser {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::set<std::uint32_t> additional_gids; ///< with gid itself
};

/// `wish`: of the container, else of the pod. Errors: invalid_argument when the image names its user and its
/// passwd file is not known, or does not have the name.
/// Source: containerd's CRI, WithUser and WithAdditionalGIDs; Kubernetes API, PodSecurityContext.
[[nodiscard]] Result<ProcessUser> resolve_process_user(const UserWish& wish, const Workload& pod,
                                                       const ImageFacts& image);

/// The words a node hands to its guest, which looks them up in the image: "", "web", "1000:2000".
[[nodiscard]] std::string process_user_words(const UserWish& wish, const Workload& pod,
                                             const ImageFacts& image);

} // namespace redoubt::agent_policy
