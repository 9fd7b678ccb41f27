// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// Uses the console's windows as a person would, against a real node, and takes pictures of all it sees:
///     drive_console ADDRESS IMAGE FOLDER LEVEL
/// Says "node: kill" and "node: start" when whoever started it is to do so; "ok STEP" after each step; ends
/// with 1 at the first one that does not come about.

#include <QApplication>
#include <QDir>
#include <cstdio>
#include <cstdlib>

#include "tests/e2e/console/driver.hpp"

int main(int argc, char** argv) {
    using namespace redoubt::gui::drive;
    QApplication application(argc, argv);
    if (argc != 5) {
        std::fputs("usage: drive_console ADDRESS IMAGE FOLDER LEVEL\n", stderr);
        return 2;
    }
    QApplication::setApplicationName(QStringLiteral("redoubt-console"));
    QDir().mkpath(QString::fromLocal8Bit(argv[3]));
    Driver driver(QString::fromLocal8Bit(argv[1]), QString::fromLocal8Bit(argv[2]),
                  QString::fromLocal8Bit(argv[3]));
    driver.connect_by_dialog();
    driver.pull_an_image();
    driver.run_by_the_wizard(QString::fromLocal8Bit(argv[4]));
    driver.read_the_log();
    driver.use_a_terminal();
    driver.look_at_everything();
    driver.lose_the_node_and_find_it_again();
    driver.stop_and_remove();
    return 0;
}
