// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/json/object.hpp>

#include <string>

namespace redoubt::guest::attester {

/// Evidence read by its guest: what brokers take, and what the guest has to know of it itself. That it is
/// genuine, only who has the vendor's anchors can tell; the guest trusts its own way to the processor.
struct Evidence {
    std::string tee;          ///< "snp", "tdx": as the key broker protocol names it
    boost::json::object json; ///< the protocol's primary evidence
    std::string report_data;  ///< 64 bytes
    std::string init_data;    ///< HOST_DATA (32 bytes) or MRCONFIGID (48)
};

} // namespace redoubt::guest::attester
