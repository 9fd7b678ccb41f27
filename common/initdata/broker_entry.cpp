// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/initdata/broker_entry.hpp"

#include <variant>

#include "common/config/toml_reader.hpp"
#include "common/initdata/initdata.hpp"

namespace redoubt::initdata {

Result<BrokerEntry> parse_broker_entry(std::string_view aa_toml) {
    RDT_TRY(const auto entries, config::read_toml(aa_toml, k_attestation_entry));
    BrokerEntry broker;
    for (const auto& entry : entries) {
        if (entry.key != "token_configs.kbs.url" && entry.key != "token_configs.kbs.cert") continue;
        const auto* text = std::get_if<std::string>(&entry.value);
        if (text == nullptr)
            return fail(Code::invalid_argument, "{}: {} is no text", k_attestation_entry, entry.key);
        (entry.key.ends_with("url") ? broker.url : broker.certificates) = *text;
    }
    return broker;
}

} // namespace redoubt::initdata
