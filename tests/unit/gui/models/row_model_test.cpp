// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/models/row_model.hpp"

#include <gtest/gtest.h>

#include <QAbstractItemModelTester>
#include <QItemSelectionModel>
#include <QSignalSpy>
#include <random>

#include "gui/models/event_model.hpp"
#include "gui/models/image_model.hpp"
#include "gui/models/job_model.hpp"
#include "gui/models/workload_model.hpp"

namespace redoubt::gui {
namespace {

using Mode = QAbstractItemModelTester::FailureReportingMode;

Workload named(const std::string& name) {
    Workload out;
    out.id = name;
    out.name = name;
    return out;
}

std::vector<std::string> ids_of(const WorkloadModel& model) {
    std::vector<std::string> out;
    for (int row = 0; row < model.rowCount(); ++row) out.push_back(model.at(row).id);
    return out;
}

TEST(RowModel, ChangesOnlyWhatHasChanged) {
    WorkloadModel model;
    const QAbstractItemModelTester tester(&model, Mode::Fatal);
    model.apply({named("a"), named("b"), named("c")});
    const QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
    const QSignalSpy removed(&model, &QAbstractItemModel::rowsRemoved);
    const QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
    const QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
    auto b = named("b");
    b.state = WorkloadState::running;
    model.apply({named("c"), b, named("d")});
    EXPECT_EQ(ids_of(model), (std::vector<std::string>{"b", "c", "d"}));
    EXPECT_EQ(changed.count(), 1);
    EXPECT_EQ(removed.count(), 1);
    EXPECT_EQ(inserted.count(), 1);
    EXPECT_EQ(reset.count(), 0);
    model.apply({named("c"), b, named("d")});
    EXPECT_EQ(changed.count() + removed.count() + inserted.count(), 3) << "the same list again is no change";
}

TEST(RowModel, KeepsWhatIsChosenWhileRowsComeAndGo) {
    WorkloadModel model;
    QItemSelectionModel selection(&model);
    model.apply({named("a"), named("b"), named("c")});
    selection.setCurrentIndex(model.index(1, 0),
                              QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    model.apply({named("b"), named("z")});
    EXPECT_EQ(selection.currentIndex().data(k_id_role).toString(), QStringLiteral("b"));
    EXPECT_EQ(selection.currentIndex().row(), 0);
}

TEST(RowModel, ObeysQtsRulesWhateverHappensToIt) {
    std::mt19937 random(7); // NOLINT(bugprone-random-generator-seed): the same walk each time
    WorkloadModel model;
    const QAbstractItemModelTester tester(&model, Mode::Fatal);
    for (int step = 0; step < 300; ++step) {
        std::vector<Workload> rows;
        for (int at = 0; at < 40; ++at) {
            if (random() % 2 == 0) continue;
            rows.push_back(named(std::to_string(at)));
            rows.back().exit_code = static_cast<std::int32_t>(random() % 3);
        }
        model.apply(rows);
        ASSERT_EQ(model.rowCount(), static_cast<int>(rows.size()));
        for (const auto& row : rows) ASSERT_EQ(*model.find(text_of(row.id)), row);
    }
    model.clear();
    EXPECT_EQ(model.rowCount(), 0);
}

TEST(RowModel, ShowsTwoRowsOfOneIdOnce) {
    WorkloadModel model;
    model.apply({named("a"), named("a")});
    EXPECT_EQ(model.rowCount(), 1);
}

TEST(RowModel, IsTheBaseOfEveryTable) {
    ImageModel images;
    JobModel jobs;
    EventModel events;
    const QAbstractItemModelTester one(&images, Mode::Fatal);
    const QAbstractItemModelTester two(&jobs, Mode::Fatal);
    const QAbstractItemModelTester three(&events, Mode::Fatal);
    images.apply({ImageRow{.id = "sha256:abc",
                           .names = "busybox",
                           .platform = {},
                           .size_bytes = 1536,
                           .created_at = 0,
                           .pulled_at = 0,
                           .encrypted = false}});
    EXPECT_EQ(images.index(0, 4).data().toString(), QStringLiteral("1.5 KiB"));
    Job job;
    job.id = "1";
    job.progress = 0.25;
    jobs.apply({job});
    EXPECT_DOUBLE_EQ(jobs.index(0, JobModel::progress).data(k_progress_role).toDouble(), 0.25);
    for (int at = 0; at < 50; ++at) events.add({});
    EXPECT_EQ(events.rowCount(), 50);
}

TEST(EventModel, LetsTheOldestGo) {
    EventModel events;
    for (int at = 0; at < 10'100; ++at) events.add({});
    EXPECT_EQ(events.rowCount(), 10'000);
    EXPECT_EQ(events.at(0).number, 101U);
}

TEST(RowModel, NeverTakesWhatANodeSaysForMarkup) {
    WorkloadModel model;
    auto workload = named("a");
    workload.reason = "<b>no</b>";
    model.apply({workload});
    EXPECT_EQ(model.index(0, WorkloadModel::state).data(Qt::ToolTipRole).toString(),
              QStringLiteral("<span>&lt;b&gt;no&lt;/b&gt;</span>"));
}

} // namespace
} // namespace redoubt::gui
