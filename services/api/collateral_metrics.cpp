// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/api/collateral_metrics.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "common/encoding/hex.hpp"
#include "common/metrics/exposition.hpp"

namespace redoubt::services::api {
namespace {

/// Place, kind, name; and when the best of them ends.
using Ends = std::map<std::tuple<std::string, std::string, std::string>, tee::Time>;

void take(Ends& ends, std::string place, std::string kind, std::string name, std::optional<tee::Time> end) {
    // A list that does not say until when it is good is never fresh.
    const auto moment = end.value_or(tee::Time());
    const auto [found, is_new] =
        ends.try_emplace({std::move(place), std::move(kind), std::move(name)}, moment);
    if (!is_new) found->second = std::max(found->second, moment);
}

Ends ends_of(const attestation::Collateral& collateral) {
    Ends ends;
    for (const auto& list : collateral.snp_revocation_lists)
        take(ends, "snp", "revocation-list", list.issuer(), list.next_update());
    for (const auto& family : collateral.tdx) {
        for (const auto& list : family.revocation_lists)
            take(ends, "tdx", "revocation-list", list.issuer(), list.next_update());
        if (family.tcb_info)
            if (const auto info = tee::tdx::parse_tcb_info(family.tcb_info->body))
                take(ends, "tdx", "tcb-info", encoding::to_hex(info->fmspc), info->next_update);
        if (family.qe_identity)
            if (const auto identity = tee::tdx::parse_enclave_identity(family.qe_identity->body))
                take(ends, "tdx", "qe-identity", identity->id, identity->next_update);
    }
    return ends;
}

} // namespace

std::string render_collateral_metrics(const attestation::Collateral& collateral,
                                      const attestation::FetchState* fetches, tee::Time now) {
    metrics::Exposition text;
    text.family("kbs_collateral_expiry_seconds", metrics::Kind::gauge,
                "time until a vendor's statement ends; below zero: since");
    for (const auto& [labels, end] : ends_of(collateral)) {
        const auto& [place, kind, name] = labels;
        text.sample((end - now).count(), {{"place", place}, {"kind", kind}, {"name", name}});
    }
    if (fetches == nullptr) return text.text();
    const auto add = [&](std::string_view name, std::string_view help, std::uint64_t value) {
        text.single(name, metrics::Kind::counter, help, value);
    };
    add("kbs_collateral_fetches_total", "answers of vendors that were good", fetches->fetches);
    add("kbs_collateral_fetch_failures_total", "answers of vendors that did not come, or were refused",
        fetches->failures);
    add("kbs_vcek_fetches_total", "keys of chips that were fetched", fetches->vcek_fetches);
    add("kbs_vcek_fetch_failures_total", "keys of chips that did not come, or were refused",
        fetches->vcek_failures);
    add("kbs_vceks_declined_total", "keys of chips that were not asked for: too many, or lately in vain",
        fetches->vceks_declined);
    return text.text();
}

} // namespace redoubt::services::api
