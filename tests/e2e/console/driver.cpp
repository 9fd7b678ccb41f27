// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "tests/e2e/console/driver.hpp"

#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QElapsedTimer>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTabWidget>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "gui/dialogs/run_wizard.hpp"
#include "gui/widgets/banner.hpp"
#include "gui/widgets/table_view.hpp"
#include "gui/widgets/terminal_view.hpp"

namespace redoubt::gui::drive {
namespace {

void say(const char* words, const char* more) {
    std::printf("%s%s\n", words, more);
    std::fflush(stdout);
}

[[noreturn]] void give_up(const char* what, const QString& why) {
    std::fprintf(stderr, "not so: %s (%s)\n", what, why.toUtf8().constData());
    // Threads of calls may still run: nothing is taken apart.
    std::_Exit(1);
}

/// The nearest of `palette`.
uchar nearest(const QList<QRgb>& palette, QRgb colour) {
    const auto distance = [colour](QRgb other) {
        const int red = qRed(colour) - qRed(other);
        const int green = qGreen(colour) - qGreen(other);
        const int blue = qBlue(colour) - qBlue(other);
        return red * red + green * green + blue * blue;
    };
    return static_cast<uchar>(std::ranges::min_element(palette, {}, distance) - palette.begin());
}

/// With the 256 colours it has most of, which is nearly all of a window's: a third of the bytes.
QImage few_colours(const QImage& picture) {
    const auto from = picture.convertToFormat(QImage::Format_RGB32);
    std::map<QRgb, int> counts;
    for (int y = 0; y < from.height(); ++y)
        for (int x = 0; x < from.width(); ++x) ++counts[from.pixel(x, y)];
    std::vector<std::pair<int, QRgb>> most;
    for (const auto& [colour, count] : counts) most.emplace_back(-count, colour);
    std::ranges::sort(most);
    QList<QRgb> palette;
    for (std::size_t at = 0; at < std::min<std::size_t>(256, most.size()); ++at) palette << most[at].second;
    std::map<QRgb, uchar> place;
    for (const auto& [colour, count] : counts) place[colour] = nearest(palette, colour);
    QImage out(from.size(), QImage::Format_Indexed8);
    out.setColorTable(palette);
    for (int y = 0; y < from.height(); ++y)
        for (int x = 0; x < from.width(); ++x) out.setPixel(x, y, place[from.pixel(x, y)]);
    return out;
}

} // namespace

Driver::Driver(QString address, QString image, const QString& pictures)
    : address_(std::move(address)), image_(std::move(image)), pictures_(pictures),
      window_(Settings(settings_.path().toStdString())) {
    window_.set_theme(ThemeChoice::light);
    window_.move(0, 0);
    window_.resize(1280, 840);
    window_.show();
    window_.activateWindow();
    if (!QTest::qWaitForWindowExposed(&window_)) give_up("the window is shown", {});
}

template <class Condition>
void Driver::expect(Condition condition, const char* what, int seconds) {
    QElapsedTimer timer;
    timer.start();
    while (!condition()) {
        if (timer.elapsed() > seconds * 1000) {
            picture_of_one_theme(QStringLiteral("failed"));
            const auto& jobs = window_.session().jobs.jobs();
            give_up(what, jobs.empty() ? window_.session().connection.problem()
                                       : text_of(jobs.front().title + ": " + jobs.front().detail));
        }
        QTest::qWait(20);
    }
}

void Driver::done(const char* step) {
    say("ok ", step);
}

template <class Widget>
Widget* Driver::find(const char* name) {
    Widget* found = nullptr;
    expect([&] { return (found = window_.findChild<Widget*>(QLatin1String(name))) != nullptr; }, name, 10);
    return found;
}

void Driver::picture_of_one_theme(const QString& file) {
    QTest::qWait(150); // what a change of theme or size moved is painted
    auto picture = window_.grab();
    QPainter painter(&picture);
    auto windows = QApplication::topLevelWidgets();
    // In no order of its own; a dialog of a dialog lies above it.
    std::ranges::stable_partition(windows,
                                  [](auto* each) { return each != QApplication::activeModalWidget(); });
    for (auto* const top : windows) {
        if (top == &window_ || !top->isVisible() || qobject_cast<QWidget*>(top) == nullptr ||
            top->windowType() == Qt::ToolTip)
            continue;
        painter.fillRect(picture.rect(), QColor(0, 0, 0, 70));
        const auto content = top->grab();
        const QPoint place((window_.width() - top->width()) / 2, (window_.height() - top->height()) / 2);
        painter.drawPixmap(place, content);
        painter.setPen(QColor(128, 128, 128));
        painter.drawRect(QRect(place, top->size()).adjusted(-1, -1, 0, 0));
    }
    painter.end();
    few_colours(picture.toImage())
        .save(pictures_ + QLatin1Char('/') + file + QStringLiteral(".png"), "PNG", 0);
}

void Driver::picture(const QString& name) {
    picture_of_one_theme(name + QStringLiteral("-light"));
    window_.set_theme(ThemeChoice::dark);
    picture_of_one_theme(name + QStringLiteral("-dark"));
    window_.set_theme(ThemeChoice::light);
}

void Driver::trigger(const QString& text) {
    QAction* action = nullptr;
    expect(
        [&] {
            for (auto* const each : window_.findChildren<QAction*>())
                if (each->text() == text && each->isEnabled() &&
                    static_cast<QWidget*>(each->parent())->isVisible())
                    action = each;
            return action != nullptr;
        },
        text.toUtf8().constData(), 30);
    action->trigger();
}

void Driver::press(Qt::Key key) {
    // Shortcuts are the active window's. Without a window manager nobody makes it that when a dialog has
    // gone.
    window_.activateWindow();
    if (!QTest::qWaitForWindowActive(&window_)) give_up("the window is active", {});
    QTest::keyClick(&window_, key, Qt::ControlModifier);
}

void Driver::choose_tab(int tab) {
    window_.findChild<QTabWidget*>()->setCurrentIndex(tab);
    QTest::qWait(50);
}

const Workload* Driver::workload(const std::string& name) {
    const auto& rows = window_.session().workloads;
    for (int row = 0; row < rows.rowCount(); ++row)
        if (rows.at(row).name == name) return &rows.at(row);
    return nullptr;
}

void Driver::connect_by_dialog() {
    window_.edit_profiles();
    auto* const name = find<QLineEdit>("profile_name");
    auto* const dialog = qobject_cast<QDialog*>(name->window());
    for (auto* const button : dialog->findChildren<QPushButton*>())
        if (button->text() == QStringLiteral("New")) QTest::mouseClick(button, Qt::LeftButton);
    name->selectAll();
    QTest::keyClicks(name, QStringLiteral("this machine"));
    auto* const address = find<QLineEdit>("profile_address");
    address->selectAll();
    QTest::keyClicks(address, address_);
    picture(QStringLiteral("connections"));
    QTest::mouseClick(dialog->findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Save), Qt::LeftButton);
    expect([this] { return window_.session().connection.state() == LinkState::online; }, "the node answers");
    done("connect");
}

void Driver::pair(const QString& fingerprint, const QString& code) {
    window_.edit_profiles();
    auto* const connections = find<QLineEdit>("profile_name")->window();
    QTest::mouseClick(find<QPushButton>("pair"), Qt::LeftButton);
    QTest::keyClicks(find<QLineEdit>("pair_address"), address_);
    QTest::mouseClick(find<QPushButton>("pair_look_up"), Qt::LeftButton);
    auto* const is_same = find<QCheckBox>("pair_is_same");
    expect([is_same] { return is_same->isEnabled(); }, "the node is found", 20);
    auto shown = find<QLabel>("pair_fingerprint")->text();
    shown.remove(u' ').remove(u'\n');
    expect([&] { return "sha256:" + shown == fingerprint; }, "the fingerprint is the node's", 1);
    auto* const typed = find<QLineEdit>("pair_code");
    expect([typed] { return !typed->isEnabled(); }, "no code before the fingerprint is compared", 1);
    QTest::mouseClick(is_same, Qt::LeftButton, {}, QPoint(8, is_same->height() / 2));
    auto* const name = find<QLineEdit>("pair_name");
    name->selectAll();
    QTest::keyClicks(name, QStringLiteral("box"));
    QTest::keyClicks(typed, QStringLiteral("0000-0000-0000"));
    QTest::mouseClick(find<QPushButton>("pair_pair"), Qt::LeftButton);
    expect([&] { return find<QLabel>("pair_words")->text().contains(QStringLiteral("code")); },
           "a wrong code is refused", 20);
    expect([typed] { return typed->isEnabled(); }, "there is another try", 20);
    QTest::keyClicks(typed, code);
    picture(QStringLiteral("pair"));
    QTest::mouseClick(find<QPushButton>("pair_pair"), Qt::LeftButton);
    expect([this] { return window_.session().connection.state() == LinkState::online; }, "the node is shown",
           30);
    connections->close();
    done("pair");
}

void Driver::pull_an_image() {
    window_.show_page(MainWindow::Page::images);
    trigger(QStringLiteral("Pull…"));
    auto* const reference = find<QLineEdit>("reference");
    QTest::keyClicks(reference, image_);
    auto* const dialog = qobject_cast<QDialog*>(reference->window());
    dialog->findChild<QCheckBox*>()->setChecked(true);
    picture(QStringLiteral("pull"));
    QTest::keyClick(reference, Qt::Key_Return);
    expect([this] { return window_.session().jobs.running() > 0; }, "a job of pulling", 10);
    expect([this] { return window_.session().jobs.running() == 0; }, "the pull has ended", 300);
    expect(
        [this] {
            return window_.session().images.rowCount() > 0 &&
                   window_.session().jobs.jobs().front().state == JobState::done;
        },
        "the image is listed");
    press(Qt::Key_J); // a pull opens the list of jobs: that is closed again
    expect([this] { return !find<TableView>("jobs")->isVisible(); }, "Ctrl+J closes the jobs", 10);
    done("pull");
}

void Driver::run_by_the_wizard(const QString& level) {
    window_.show_page(MainWindow::Page::workloads);
    press(Qt::Key_N);
    auto* const wizard = find<RunWizard>("run_wizard");
    auto* const image = find<QComboBox>("image");
    image->lineEdit()->selectAll();
    QTest::keyClicks(image->lineEdit(), image_);
    QTest::keyClicks(find<QLineEdit>("name"), QStringLiteral("shop-web"));
    wizard->next();
    QTest::keyClicks(
        find<QLineEdit>("command"),
        QStringLiteral(
            R"(sh -c "i=0; while true; do i=$((i+1)); echo line $i of the shop; [ $((i % 7)) = 0 ] && echo warning $i: slow answer >&2; sleep 0.3; done")"));
    wizard->next();
    auto* const levels = find<QComboBox>("level");
    levels->setCurrentIndex(levels->findData(level));
    picture(QStringLiteral("wizard-isolation"));
    wizard->next();
    expect(
        [this] {
            return find<QPlainTextEdit>("review")->toPlainText().contains(QStringLiteral("name: shop-web"));
        },
        "the review names the container", 10);
    picture(QStringLiteral("wizard-review"));
    QTest::mouseClick(find<QPushButton>("wizard_next"), Qt::LeftButton);
    expect(
        [this] {
            return workload("shop-web") != nullptr && workload("shop-web")->state == WorkloadState::running;
        },
        "the container runs", 180);
    done("run");
}

void Driver::read_the_log() {
    window_.show_workload(text_of(workload("shop-web")->id));
    choose_tab(1);
    auto* const log = find<QPlainTextEdit>("log");
    expect([&] { return log->toPlainText().contains(QStringLiteral("line 20 of the shop")); },
           "the log is followed", 60);
    picture(QStringLiteral("logs"));
    auto* const filter = log->parentWidget()->findChild<QLineEdit*>();
    QTest::keyClicks(filter, QStringLiteral("slow warning 14"));
    expect([&] { return log->toPlainText().trimmed() == QStringLiteral("warning 14: slow answer"); },
           "the filter leaves one line", 10);
    filter->clear();
    done("logs");
}

void Driver::use_a_terminal() {
    choose_tab(2);
    auto* const button = find<QPushButton>("terminal_button");
    expect([&] { return button->isEnabled(); }, "a terminal can be opened", 10);
    QTest::mouseClick(button, Qt::LeftButton);
    auto* const terminal = find<TerminalView>("terminal");
    const auto shown = [terminal] {
        return QString::fromStdString(
            terminal->screen().text({0, 0}, {terminal->screen().rows() - 1, terminal->screen().columns()}));
    };
    expect([&] { return shown().contains(QLatin1Char('#')); }, "the shell is there", 60);
    QTest::keyClicks(terminal, QStringLiteral("echo $((40+2)) $(stty size)"));
    QTest::keyClick(terminal, Qt::Key_Return);
    const auto size =
        QStringLiteral("42 %1 %2").arg(terminal->screen().rows()).arg(terminal->screen().columns());
    expect([&] { return shown().contains(size); }, "the shell answers and knows its size", 30);
    QTest::keyClicks(
        terminal,
        QStringLiteral("clear; uname -sr; printf '\\033[1;32mgreen\\033[0m \\033[38;5;208morange\\033[0m "
                       "\\033[7mreversed\\033[0m\\n'; ls --color=always /"));
    QTest::keyClick(terminal, Qt::Key_Return);
    expect(
        [&] {
            return shown().contains(QStringLiteral("green orange reversed")) &&
                   shown().contains(QStringLiteral("bin"));
        },
        "colours are shown", 30);
    picture(QStringLiteral("terminal"));
    window_.resize(1100, 840);
    QTest::qWait(200);
    QTest::keyClicks(terminal, QStringLiteral("clear; stty size"));
    QTest::keyClick(terminal, Qt::Key_Return);
    const auto smaller =
        QStringLiteral("%1 %2").arg(terminal->screen().rows()).arg(terminal->screen().columns());
    expect([&] { return shown().contains(smaller); }, "the shell is told of another size", 30);
    window_.resize(1280, 840);
    QTest::keyClicks(terminal, QStringLiteral("exit 3"));
    QTest::keyClick(terminal, Qt::Key_Return);
    expect([&] { return button->text() == QStringLiteral("Open terminal"); }, "the shell has ended", 30);
    done("terminal");
}

void Driver::look_at_everything() {
    choose_tab(0);
    QTest::qWait(500);
    picture(QStringLiteral("workloads"));
    window_.show_page(MainWindow::Page::images);
    picture(QStringLiteral("images"));
    window_.show_page(MainWindow::Page::events);
    expect([this] { return window_.session().events.rowCount() >= 3; }, "events are seen", 30);
    picture(QStringLiteral("events"));
    window_.show_page(MainWindow::Page::attestation);
    QTest::qWait(1500);
    picture(QStringLiteral("attestation"));
    press(Qt::Key_K);
    auto* const words = find<QLineEdit>("quick_words");
    QTest::keyClicks(words, QStringLiteral("shop"));
    picture(QStringLiteral("quick-open"));
    QTest::keyClick(words, Qt::Key_Return);
    expect([this] { return find<TableView>("workloads")->current_id() == text_of(workload("shop-web")->id); },
           "Ctrl+K goes to the container", 10);
    window_.show_page(MainWindow::Page::dashboard);
    expect([this] { return !window_.session().checks.empty(); }, "the checks are shown", 120);
    QTest::qWait(30'000); // charts need something to show
    picture(QStringLiteral("dashboard"));
    done("pages");
}

void Driver::lose_the_node_and_find_it_again() {
    window_.show_page(MainWindow::Page::workloads);
    say("node: kill", "");
    expect(
        [this] {
            return window_.session().connection.state() == LinkState::stale && window_.banner().isVisible();
        },
        "the console says that the node is away");
    expect([this] { return workload("shop-web") != nullptr; }, "what was known stays", 1);
    QTest::qWait(1500);
    picture(QStringLiteral("stale"));
    say("node: start", "");
    expect(
        [this] {
            return window_.session().connection.state() == LinkState::online && !window_.banner().isVisible();
        },
        "the node is back");
    expect([this] { return workload("shop-web")->state == WorkloadState::running; },
           "its container has gone on");
    done("reconnect");
}

void Driver::stop_and_remove() {
    const auto id = text_of(workload("shop-web")->id);
    window_.show_workload(id);
    trigger(QStringLiteral("Remove…"));
    auto* const confirm = find<QPushButton>("confirm_removal");
    picture(QStringLiteral("remove"));
    QTest::keyClick(confirm->window(), Qt::Key_Escape);
    expect([this] { return window_.findChild<QPushButton*>(QStringLiteral("confirm_removal")) == nullptr; },
           "the question is gone", 10);
    trigger(QStringLiteral("Stop"));
    expect([this] { return workload("shop-web")->state == WorkloadState::exited; },
           "the container has stopped");
    window_.show_jobs();
    picture(QStringLiteral("jobs"));
    trigger(QStringLiteral("Remove…"));
    QTest::mouseClick(find<QPushButton>("confirm_removal"), Qt::LeftButton);
    expect([this] { return workload("shop-web") == nullptr; }, "the container is gone");
    done("stop");
}

} // namespace redoubt::gui::drive
