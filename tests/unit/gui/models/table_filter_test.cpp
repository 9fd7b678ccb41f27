// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/models/table_filter.hpp"

#include <gtest/gtest.h>

#include <QAbstractItemModelTester>
#include <QElapsedTimer>

#include "gui/models/workload_model.hpp"

namespace redoubt::gui {
namespace {

std::vector<Workload> many(int count) {
    std::vector<Workload> out;
    for (int at = 0; at < count; ++at) {
        Workload row;
        row.id = "id" + std::to_string(at);
        row.name = "web-" + std::to_string(at);
        row.image = at % 2 == 0 ? "registry.example/nginx:latest" : "registry.example/redis:7";
        row.memory_bytes = static_cast<std::uint64_t>(at) * 1000;
        out.push_back(row);
    }
    return out;
}

TEST(TableFilter, ShowsRowsThatHaveAllWordsInAnyColumn) {
    WorkloadModel model;
    TableFilter filter;
    filter.setSourceModel(&model);
    const QAbstractItemModelTester tester(&filter, QAbstractItemModelTester::FailureReportingMode::Fatal);
    model.apply(many(20));
    filter.search(QStringLiteral("NGINX web-1"));
    EXPECT_EQ(filter.rowCount(), 5); // 10, 12, 14, 16, 18
    filter.search(QStringLiteral("id7"));
    EXPECT_EQ(filter.rowCount(), 1) << "the id is searched though it is not shown";
    filter.search(QStringLiteral("id7 nginx"));
    EXPECT_EQ(filter.rowCount(), 0);
    filter.search({});
    EXPECT_EQ(filter.rowCount(), 20);
}

TEST(TableFilter, SortsByWhatAColumnMeans) {
    WorkloadModel model;
    TableFilter filter;
    filter.setSourceModel(&model);
    model.apply(many(2000));
    filter.sort(WorkloadModel::memory, Qt::DescendingOrder);
    EXPECT_EQ(filter.index(0, WorkloadModel::name).data().toString(), QStringLiteral("web-1999"))
        << "not 999 B before 1.9 MiB";
}

// The promise is 10,000 rows without lag. The bounds are for a build with sanitizers, on a busy machine.
TEST(TableFilter, HasNoLagWithTenThousandRows) {
    constexpr int k_rows = 10'000;
    WorkloadModel model;
    TableFilter filter;
    filter.setSourceModel(&model);
    auto rows = many(k_rows);
    model.apply(rows);
    filter.sort(WorkloadModel::name);
    QElapsedTimer timer;
    timer.start();
    filter.search(QStringLiteral("redis"));
    EXPECT_EQ(filter.rowCount(), k_rows / 2);
    filter.search({});
    EXPECT_LT(timer.elapsed(), 1500);
    for (std::size_t at = 0; at < 100; ++at) rows[at * 7].cpu_percent = 12;
    timer.restart();
    model.apply(rows);
    EXPECT_LT(timer.elapsed(), 1500) << "a look at the node in which a hundred rows have changed";
    RecordProperty("apply_ms", static_cast<int>(timer.elapsed()));
}

} // namespace
} // namespace redoubt::gui
