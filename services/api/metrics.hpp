// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace redoubt::services::api {

/// Numbers for /metrics, of all faces. Thread: one strand.
struct Metrics {
    std::uint64_t requests = 0; ///< over HTTP
    std::uint64_t challenges = 0;
    std::uint64_t attestations = 0;
    std::uint64_t attestations_refused = 0;
    std::uint64_t releases = 0;
    std::uint64_t releases_refused = 0;
    std::uint64_t rate_limited = 0;
    std::uint64_t admin_refused = 0;
    std::uint64_t evaluations = 0; ///< evidence judged for relying parties, over HTTP and gRPC
    std::uint64_t evaluations_refused = 0;
    /// Calls over gRPC that had an answer, by call and status: {"AttestationEvaluate", "OK"}. Both are words
    /// of ours, so there are only so many.
    std::map<std::pair<std::string, std::string>, std::uint64_t> grpc_calls;
};

/// As Prometheus reads them. Source: the text exposition format, version 0.0.4.
[[nodiscard]] std::string render_metrics(const Metrics& metrics);

} // namespace redoubt::services::api
