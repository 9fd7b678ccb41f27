// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What plugins leave on the host after the last DEL: chains of iptables that hold nothing, a bridge without
/// ports. Blocking.

#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "node-daemon/network/cni/nf_tables.hpp"

namespace redoubt::node::network::cni {

/// True when a table holds nothing but what plugins keep for later use: it changes no packet. Rules of
/// anybody else make it false.
[[nodiscard]] bool is_scaffolding(const std::vector<FilterChain>& chains,
                                  const std::vector<FilterRule>& rules);

/// Removes the `nat` and `filter` tables of IPv4 and IPv6 that are scaffolding. Nothing is removed that
/// changed while it was looked at.
Status remove_scaffolding();

/// Removes a bridge without ports. No error when it is not there or has ports.
Status remove_unused_bridge(const std::string& name);

} // namespace redoubt::node::network::cni
