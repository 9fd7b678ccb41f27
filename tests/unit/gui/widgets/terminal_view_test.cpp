// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/widgets/terminal_view.hpp"

#include <gtest/gtest.h>

#include <QApplication>
#include <QClipboard>
#include <QSignalSpy>
#include <QTest>

namespace redoubt::gui {
namespace {

class View : public testing::Test {
  protected:
    void SetUp() override {
        view.resize(600, 300);
        view.show();
        view.set_live(true);
        QObject::connect(&view, &TerminalView::typed, [this](const QByteArray& bytes) { typed += bytes; });
    }
    TerminalView view;
    QByteArray typed;
};

TEST_F(View, SendsWhatIsTypedWhileItIsLive) {
    QTest::keyClicks(&view, QStringLiteral("ls"));
    QTest::keyClick(&view, Qt::Key_Return);
    QTest::keyClick(&view, Qt::Key_K, Qt::ControlModifier);
    QTest::keyClick(&view, Qt::Key_Tab);
    EXPECT_EQ(typed, QByteArray("ls\r\x0b\t"));
    view.set_live(false);
    QTest::keyClicks(&view, QStringLiteral("x"));
    EXPECT_EQ(typed.size(), 5);
}

TEST_F(View, FollowsItsSize) {
    const QSignalSpy resized(&view, &TerminalView::resized);
    const int before = view.screen().columns();
    view.resize(900, 500);
    QCoreApplication::processEvents();
    EXPECT_EQ(resized.count(), 1);
    EXPECT_GT(view.screen().columns(), before);
}

TEST_F(View, CopiesWhatTheMouseHasChosen) {
    view.feed("hello world\r\n");
    const auto at = [this](int column) {
        return QPoint(8 + column * view.fontMetrics().horizontalAdvance(QLatin1Char('M')), 12);
    };
    QTest::mousePress(view.viewport(), Qt::LeftButton, {}, at(0));
    QTest::mouseMove(view.viewport(), at(5));
    QTest::mouseRelease(view.viewport(), Qt::LeftButton, {}, at(5));
    EXPECT_EQ(view.selected_text(), QStringLiteral("hello"));
    QTest::keyClick(&view, Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
    EXPECT_EQ(QApplication::clipboard()->text(), QStringLiteral("hello"));
    EXPECT_TRUE(typed.isEmpty()) << "the key was not the program's";
    QTest::keyClick(&view, Qt::Key_V, Qt::ControlModifier | Qt::ShiftModifier);
    EXPECT_EQ(typed, QByteArray("hello"));
}

TEST_F(View, PaintsColours) {
    view.feed("\x1b[48;2;255;0;0m          ");
    const auto picture = view.grab().toImage();
    int red = 0;
    for (int x = 0; x < picture.width(); ++x) red += picture.pixelColor(x, 14) == QColor(255, 0, 0) ? 1 : 0;
    EXPECT_GT(red, 40);
}

} // namespace
} // namespace redoubt::gui
