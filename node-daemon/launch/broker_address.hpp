// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>

#include "common/base/error.hpp"

namespace redoubt::node::launch {

/// Where the guests' key broker is: the one address that the relay connects to.
struct BrokerAddress {
    std::string host; ///< a name or an address, without brackets; empty: there is none
    std::string port; ///< a number

    /// "HOST:PORT", an IPv6 address in brackets. Errors: invalid_argument.
    [[nodiscard]] static Result<BrokerAddress> parse(const std::string& text);
    [[nodiscard]] std::string str() const;
};

} // namespace redoubt::node::launch
