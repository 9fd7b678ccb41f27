// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace redoubt::node::network::cni {

/// What a container may use of a resolv.conf: lines without comments, without name servers that are only on
/// the host itself (127.0.0.53). Bounded; what is not understood is left out.
[[nodiscard]] std::vector<std::string> parse_resolver(std::string_view text);

/// The host's resolver; where that is a local one, what it asks itself (systemd-resolved).
[[nodiscard]] std::vector<std::string> read_host_resolver();

} // namespace redoubt::node::network::cni
