// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/widgets/table_view.hpp"

#include <gtest/gtest.h>

#include <QApplication>
#include <QClipboard>
#include <QElapsedTimer>
#include <QScrollBar>
#include <QTest>

#include "gui/models/workload_model.hpp"

namespace redoubt::gui {
namespace {

std::vector<Workload> many(int count) {
    std::vector<Workload> out;
    for (int at = 0; at < count; ++at) {
        Workload row;
        row.id = "id" + std::to_string(at);
        row.name = "web-" + std::to_string(100'000 + at);
        out.push_back(row);
    }
    return out;
}

TEST(TableView, KeepsItsChoiceWhileRowsComeAndGo) {
    WorkloadModel model;
    TableView view(model);
    view.sortByColumn(0, Qt::AscendingOrder);
    auto rows = many(5);
    model.apply(rows);
    view.select_id(QStringLiteral("id3"));
    rows.erase(rows.begin());
    rows[2].exit_code = 7;
    model.apply(rows);
    EXPECT_EQ(view.current_id(), QStringLiteral("id3"));
    rows.erase(rows.begin() + 2);
    model.apply(rows);
    EXPECT_NE(view.current_id(), QStringLiteral("id3")) << "it has gone";
}

TEST(TableView, CopiesRowsAsText) {
    WorkloadModel model;
    TableView view(model);
    model.apply(many(2));
    view.select_id(QStringLiteral("id1"));
    QTest::keyClick(&view, Qt::Key_C, Qt::ControlModifier);
    EXPECT_TRUE(
        QApplication::clipboard()->text().startsWith(QStringLiteral("web-100001\tCreated\tContainer")));
}

// A frame is 16 ms in a build that ships; a sanitizer takes several times that.
TEST(TableView, ScrollsThroughTenThousandRows) {
    WorkloadModel model;
    TableView view(model);
    view.resize(1000, 600);
    view.show();
    model.apply(many(10'000));
    QCoreApplication::processEvents();
    auto* const bar = view.verticalScrollBar();
    QElapsedTimer timer;
    timer.start();
    constexpr int k_steps = 40;
    for (int step = 0; step < k_steps; ++step) {
        bar->setValue(bar->maximum() * step / k_steps);
        view.viewport()->repaint();
    }
    EXPECT_LT(timer.elapsed() / k_steps, 120);
    RecordProperty("frame_ms", static_cast<int>(timer.elapsed() / k_steps));
}

} // namespace
} // namespace redoubt::gui
