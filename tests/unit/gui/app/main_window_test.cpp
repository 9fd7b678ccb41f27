// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/app/main_window.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include <QAction>
#include <QApplication>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QStackedWidget>
#include <QTableWidget>
#include <QTest>

#include "gui/pages/workloads_page.hpp"
#include "gui/widgets/banner.hpp"
#include "gui/widgets/table_view.hpp"
#include "tests/support/fake_node.hpp"

namespace redoubt::gui {
namespace {

using test::eventually;
namespace pb = redoubt::test::pb;

/// A window on a node that is only its API; real windows on real nodes: tests/e2e/test_console.py.
class Window : public testing::Test {
  protected:
    void SetUp() override {
        for (const auto* name : {"web", "db"}) {
            auto& container = *node.containers.add_containers();
            container.set_id(std::string("id-") + name);
            container.set_name(name);
            container.set_image("registry.example/busybox:latest");
            container.set_state(pb::RUNNING);
        }
        node.start();
        window.show();
        window.open_address(QString::fromStdString(node.address()));
        ASSERT_TRUE(eventually([this] { return window.session().workloads.rowCount() == 2; }));
    }
    void TearDown() override { std::filesystem::remove_all(folder); }

    QAction* action(const QString& text) {
        for (auto* const action : window.findChild<WorkloadsPage*>()->findChildren<QAction*>())
            if (action->text() == text) return action;
        return nullptr;
    }

    std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("redoubt-window-" + std::to_string(getpid()));
    test::FakeNode node{test::socket_path("window")};
    MainWindow window{Settings(folder)};
};

TEST_F(Window, SaysWhyNothingCanBeDoneWhileNothingIsChosen) {
    ASSERT_NE(action(QStringLiteral("Stop")), nullptr);
    EXPECT_FALSE(action(QStringLiteral("Stop"))->isEnabled());
    EXPECT_EQ(action(QStringLiteral("Stop"))->toolTip(), QStringLiteral("Choose a workload first"));
    EXPECT_TRUE(action(QStringLiteral("Run…"))->isEnabled());
}

TEST_F(Window, StopsWhatIsChosenAndShowsTheJob) {
    window.show_workload(QStringLiteral("id-web"));
    EXPECT_TRUE(action(QStringLiteral("Stop"))->isEnabled());
    action(QStringLiteral("Stop"))->trigger();
    ASSERT_TRUE(eventually([this] { return window.session().jobs.running() == 0; }));
    EXPECT_EQ(window.session().jobs.jobs().front().title, "Stop web");
    const auto seen = node.seen();
    EXPECT_NE(std::ranges::find(seen, "stop id-web"), seen.end());
}

TEST_F(Window, RemovesWhatRunsOnlyForWhoTypesItsName) {
    window.show_workload(QStringLiteral("id-db"));
    action(QStringLiteral("Remove…"))->trigger();
    auto* const field = window.findChild<QLineEdit*>(QStringLiteral("confirmation"));
    auto* const button = window.findChild<QPushButton*>(QStringLiteral("confirm_removal"));
    ASSERT_NE(field, nullptr);
    QTest::mouseClick(button, Qt::LeftButton);
    QTest::keyClicks(field, QStringLiteral("d"));
    EXPECT_FALSE(button->isEnabled());
    EXPECT_TRUE(window.session().jobs.jobs().empty());
    QTest::keyClicks(field, QStringLiteral("b"));
    QTest::mouseClick(button, Qt::LeftButton);
    ASSERT_TRUE(eventually([this] { return std::ranges::contains(node.seen(), "remove id-db"); }));
}

TEST_F(Window, OpensAnythingByKeys) {
    QTest::keyClick(&window, Qt::Key_K, Qt::ControlModifier);
    auto* const words = window.findChild<QLineEdit*>(QStringLiteral("quick_words"));
    ASSERT_NE(words, nullptr);
    QTest::keyClicks(words, QStringLiteral("db container"));
    QTest::keyClick(words, Qt::Key_Return);
    EXPECT_EQ(window.findChild<QListWidget*>(QStringLiteral("navigation"))->currentRow(), 1);
    EXPECT_EQ(window.findChild<TableView*>(QStringLiteral("workloads"))->current_id(),
              QStringLiteral("id-db"));
    QTest::keyClick(&window, Qt::Key_4, Qt::AltModifier);
    EXPECT_EQ(window.findChild<QListWidget*>(QStringLiteral("navigation"))->currentRow(), 3);
}

TEST_F(Window, SaysThatWhatItShowsIsOldWhileTheNodeIsAway) {
    EXPECT_FALSE(window.banner().isVisible());
    node.stop();
    ASSERT_TRUE(eventually([this] { return window.session().connection.state() == LinkState::stale; }));
    EXPECT_TRUE(window.banner().isVisible());
    EXPECT_TRUE(window.banner().text().contains(QStringLiteral("does not answer")));
    EXPECT_EQ(window.session().workloads.rowCount(), 2) << "what was known stays";
    EXPECT_FALSE(action(QStringLiteral("Run…"))->isEnabled());
    node.start();
    ASSERT_TRUE(eventually([this] { return window.session().connection.state() == LinkState::online; }));
    EXPECT_FALSE(window.banner().isVisible());
}

TEST_F(Window, ShowsWhatANodeTellsOfAConfidentialGuestAndFromWhom) {
    node.change([](test::FakeNode& fake) {
        auto& container = *fake.containers.add_containers();
        container.set_id("id-payments");
        container.set_name("payments");
        container.set_runtime("confidential");
        container.set_simulation(true);
        container.set_state(pb::RUNNING);
        *fake.inspected.mutable_summary() = container;
        auto& launch = *fake.inspected.mutable_sandbox()->mutable_confidential();
        launch.set_trust("simulation");
        launch.set_initdata_digest("sha384:" + std::string(96, 'a'));
        launch.set_host_data(std::string(64, 'a'));
        launch.set_measurement(std::string(96, 'b'));
        launch.set_firmware("/usr/share/ovmf/OVMF.amdsev.fd");
    });
    window.show_page(MainWindow::Page::attestation);
    auto* const table = window.findChild<QTableWidget*>();
    ASSERT_TRUE(eventually([&] { return table->rowCount() == 6; }));
    EXPECT_EQ(table->item(0, 1)->text(), QStringLiteral("Differs")) << "a simulator signs";
    EXPECT_EQ(table->item(1, 1)->text(), QStringLiteral("Holds"));
    EXPECT_EQ(table->item(2, 1)->text(), QStringLiteral("Told only"));
    EXPECT_EQ(table->item(2, 3)->text(), QStringLiteral("—")) << "nobody here has seen the evidence";
    if (const char* folder_of_pictures = std::getenv("REDOUBT_CONSOLE_PICTURES")) {
        for (const auto choice : {ThemeChoice::light, ThemeChoice::dark}) {
            window.set_theme(choice);
            QTest::qWait(100);
            window.grab().save(QString::fromLocal8Bit(folder_of_pictures) +
                               QStringLiteral("/attestation-of-a-fake-%1.png").arg(name_of(choice)));
        }
    }
}

TEST_F(Window, ForgetsOneNodeForAnother) {
    test::FakeNode other(test::socket_path("other"));
    other.start();
    window.open_address(QString::fromStdString(other.address()));
    EXPECT_EQ(window.session().workloads.rowCount(), 0)
        << "nothing of the one before is shown, not even for a moment";
    ASSERT_TRUE(eventually([this] { return window.session().connection.state() == LinkState::online; }));
    QTest::qWait(300);
    EXPECT_EQ(window.session().workloads.rowCount(), 0);
}

} // namespace
} // namespace redoubt::gui
