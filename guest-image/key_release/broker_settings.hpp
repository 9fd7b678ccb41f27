// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/http/url.hpp"

namespace redoubt::guest::key_release {

/// Which broker a guest asks. From its initdata, so as measured as the policy.
struct BrokerSettings {
    http::Url url;            ///< https; its path goes in front of the protocol's, as of a tenant
    std::string certificates; ///< PEM: who the broker is
};

/// Reads the entry aa.toml of initdata: [token_configs.kbs] url, cert. Everything else in it is passed over.
/// Errors: failed_precondition no broker is named; invalid_argument no https, no certificate; what is wrong
/// in the TOML. Source: Confidential Containers, attestation agent's configuration.
[[nodiscard]] Result<BrokerSettings> parse_broker_settings(std::string_view aa_toml);

} // namespace redoubt::guest::key_release
