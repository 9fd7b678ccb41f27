// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/api/collateral_metrics.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "common/encoding/hex.hpp"

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

/// A label's value. Others than printable ASCII do not come out.
std::string label(std::string_view value) {
    std::string text;
    for (const char c : value) {
        if (c < ' ' || c > '~')
            text += '?';
        else if (c == '"' || c == '\\')
            text += std::string("\\") + c;
        else
            text += c;
    }
    return text;
}

} // namespace

std::string render_collateral_metrics(const attestation::Collateral& collateral,
                                      const attestation::FetchState* fetches, tee::Time now) {
    std::string text =
        "# HELP kbs_collateral_expiry_seconds time until a vendor's statement ends; below zero: "
        "since\n# TYPE kbs_collateral_expiry_seconds gauge\n";
    for (const auto& [labels, end] : ends_of(collateral)) {
        const auto& [place, kind, name] = labels;
        text += std::format("kbs_collateral_expiry_seconds{{place=\"{}\",kind=\"{}\",name=\"{}\"}} {}\n",
                            label(place), label(kind), label(name), (end - now).count());
    }
    if (fetches == nullptr) return text;
    const auto add = [&](std::string_view name, std::string_view help, std::uint64_t value) {
        text += std::format("# HELP {0} {1}\n# TYPE {0} counter\n{0} {2}\n", name, help, value);
    };
    add("kbs_collateral_fetches_total", "answers of vendors that were good", fetches->fetches);
    add("kbs_collateral_fetch_failures_total", "answers of vendors that did not come, or were refused",
        fetches->failures);
    add("kbs_vcek_fetches_total", "keys of chips that were fetched", fetches->vcek_fetches);
    add("kbs_vcek_fetch_failures_total", "keys of chips that did not come, or were refused",
        fetches->vcek_failures);
    add("kbs_vceks_declined_total", "keys of chips that were not asked for: too many, or lately in vain",
        fetches->vceks_declined);
    return text;
}

} // namespace redoubt::services::api
