// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/api/metrics.hpp"

#include "common/metrics/exposition.hpp"

namespace redoubt::services::api {

std::string render_metrics(const Metrics& metrics) {
    redoubt::metrics::Exposition text;
    const auto add = [&](std::string_view name, std::string_view help, std::uint64_t value) {
        text.single(name, redoubt::metrics::Kind::counter, help, value);
    };
    add("kbs_http_requests_total", "requests of every kind", metrics.requests);
    add("kbs_auth_successes_total", "challenges given", metrics.challenges);
    add("kbs_attestation_successes_total", "evidence that was genuine", metrics.attestations);
    add("kbs_attestation_failures_total", "evidence that was refused", metrics.attestations_refused);
    add("kbs_resource_reads_total", "values released", metrics.releases);
    add("kbs_policy_violations_total", "values not released", metrics.releases_refused);
    add("kbs_rate_limited_total", "requests of peers that ask too often", metrics.rate_limited);
    add("kbs_admin_refused_total", "requests without an administrator's credentials", metrics.admin_refused);
    add("kbs_evaluation_successes_total", "evidence judged for relying parties", metrics.evaluations);
    add("kbs_evaluation_failures_total", "evidence of relying parties that was refused",
        metrics.evaluations_refused);
    text.family("kbs_grpc_calls_total", redoubt::metrics::Kind::counter,
                "calls over gRPC that had an answer");
    for (const auto& [call, count] : metrics.grpc_calls)
        text.sample(count, {{"call", call.first}, {"code", call.second}});
    return text.text();
}

} // namespace redoubt::services::api
