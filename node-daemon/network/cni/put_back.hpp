// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/json/object.hpp>

#include "node-daemon/network/cni/chain.hpp"

namespace redoubt::node::network::cni {

/// Gives an attached interface the addresses back that the plugins' result lists. gVisor takes them into its
/// own network stack and off the interface, and the plugin bridge removes the rules of those addresses alone
/// that it finds there. No error when the interface has gone. Blocking.
Status put_addresses_back(const ChainTarget& target, const boost::json::object& result);

} // namespace redoubt::node::network::cni
