// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::initdata {

/// Which broker initdata names, as it is written: [token_configs.kbs] of its entry aa.toml, as Confidential
/// Containers' attestation agent has it. Empty where it says nothing.
struct BrokerEntry {
    std::string url = {};
    std::string certificates = {}; ///< cert: PEM, by whom the broker is known
};

/// Everything else in it is passed over. Errors: invalid_argument "aa.toml: ..." one of the two is no text,
/// or what is wrong in the TOML.
[[nodiscard]] Result<BrokerEntry> parse_broker_entry(std::string_view aa_toml);

} // namespace redoubt::initdata
