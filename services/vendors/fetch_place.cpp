// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/vendors/fetch_place.hpp"

#include "common/crypto/secret.hpp"
#include "common/log/log.hpp"

namespace redoubt::services::vendors {

void note_refusal(const FetchPlace& place, std::string object, const std::string& url, const Error& why) {
    auto entry = store::system_entry("collateral.fetch", std::move(object), {{"url", url}});
    entry.decision = "refused";
    entry.reason = why.message;
    if (const auto written = place.store->write({}, {{entry}}); !written)
        log::error("audit log: " + written.error().message);
}

double chance() {
    const auto bytes = crypto::random_bytes(2);
    if (!bytes) return 0.5;
    const auto high = static_cast<unsigned char>((*bytes)[0]);
    const auto low = static_cast<unsigned char>((*bytes)[1]);
    return (high * 256.0 + low) / 65536.0;
}

} // namespace redoubt::services::vendors
