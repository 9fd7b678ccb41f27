// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <array>
#include <string_view>

namespace redoubt::agent_policy {

/// What no policy can open in a confidential guest: a policy is measured and stays; memory of the guest's is
/// not the host's to add; files come as documents that the agent reads, not as paths the host chooses.
inline constexpr std::array<std::string_view, 5> k_refused_requests = {
    "SetPolicyRequest", "AddSwapRequest", "AddSwapPathRequest", "MemHotplugByProbeRequest",
    "CopyFileRequest"};

} // namespace redoubt::agent_policy
