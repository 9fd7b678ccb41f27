// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/api/metrics.hpp"

#include <format>

namespace redoubt::services::api {

std::string render_metrics(const Metrics& metrics) {
    std::string text;
    const auto head = [&](std::string_view name, std::string_view help) {
        text += std::format("# HELP {0} {1}\n# TYPE {0} counter\n", name, help);
    };
    const auto add = [&](std::string_view name, std::string_view help, std::uint64_t value) {
        head(name, help);
        text += std::format("{} {}\n", name, value);
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
    head("kbs_grpc_calls_total", "calls over gRPC that had an answer");
    for (const auto& [call, count] : metrics.grpc_calls)
        text += std::format("kbs_grpc_calls_total{{call=\"{}\",code=\"{}\"}} {}\n", call.first, call.second,
                            count);
    return text;
}

} // namespace redoubt::services::api
