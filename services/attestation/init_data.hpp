// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::services::attestation {

/// A guest's configuration as it was given at launch.
struct InitData {
    std::string digest;         ///< raw, of the bytes as delivered
    boost::json::object claims; ///< what policies see: entries of [data]; *.toml as objects
};

/// Reads the TOML {algorithm, version, [data]}. Limits: 1 MiB. Errors: invalid_argument; unimplemented an
/// algorithm other than sha256, sha384 and sha512. Source: confidential containers initdata 0.1.0.
[[nodiscard]] Result<InitData> parse_init_data(std::string_view text);

} // namespace redoubt::services::attestation
