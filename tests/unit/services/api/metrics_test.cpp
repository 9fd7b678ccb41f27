// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/api/metrics.hpp"

#include <gtest/gtest.h>

namespace redoubt::services::api {
namespace {

TEST(Metrics, AreWhatPrometheusReads) {
    Metrics metrics;
    metrics.releases = 3;
    metrics.grpc_calls[{"QueryReferenceValue", "OK"}] = 2;
    metrics.grpc_calls[{"QueryReferenceValue", "NOT_FOUND"}] = 1;
    const auto text = render_metrics(metrics);
    EXPECT_TRUE(text.contains("# TYPE kbs_resource_reads_total counter\nkbs_resource_reads_total 3\n"));
    EXPECT_TRUE(text.ends_with("# TYPE kbs_grpc_calls_total counter\n"
                               "kbs_grpc_calls_total{call=\"QueryReferenceValue\",code=\"NOT_FOUND\"} 1\n"
                               "kbs_grpc_calls_total{call=\"QueryReferenceValue\",code=\"OK\"} 2\n"));
}

} // namespace
} // namespace redoubt::services::api
