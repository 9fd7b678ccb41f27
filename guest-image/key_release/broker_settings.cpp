// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/key_release/broker_settings.hpp"

#include <utility>

#include "common/initdata/broker_entry.hpp"

namespace redoubt::guest::key_release {
Result<BrokerSettings> parse_broker_settings(std::string_view aa_toml) {
    RDT_TRY(auto entry, initdata::parse_broker_entry(aa_toml));
    const auto& url = entry.url;
    BrokerSettings settings;
    settings.certificates = std::move(entry.certificates);
    if (url.empty()) return fail(Code::failed_precondition, "aa.toml names no broker: token_configs.kbs.url");
    RDT_TRY(settings.url, http::parse_url(url).transform_error(context("aa.toml: token_configs.kbs.url")));
    if (!settings.url.is_tls())
        return fail(Code::invalid_argument, "aa.toml: token_configs.kbs.url '{}' is not https", url);
    // A host could answer for any name: without a certificate there is nobody to trust.
    if (!settings.certificates.contains("-----BEGIN CERTIFICATE-----"))
        return fail(Code::invalid_argument,
                    "aa.toml: token_configs.kbs.cert holds no certificate in PEM form");
    while (settings.url.target.ends_with('/')) settings.url.target.pop_back();
    return settings;
}

} // namespace redoubt::guest::key_release
