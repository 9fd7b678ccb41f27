// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// Uses the console's windows as a person would, against a real node, and takes pictures of all it sees:
///     drive_console ADDRESS IMAGE FOLDER LEVEL
///     drive_console pair ADDRESS FINGERPRINT CODE FOLDER
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
    QApplication::setApplicationName(QStringLiteral("redoubt-console"));
    const auto words = QApplication::arguments();
    if (words.size() == 6 && words[1] == QStringLiteral("pair")) {
        QDir().mkpath(words[5]);
        Driver(words[2], {}, words[5]).pair(words[3], words[4]);
        return 0;
    }
    if (words.size() != 5) {
        std::fputs("usage: drive_console ADDRESS IMAGE FOLDER LEVEL\n"
                   "       drive_console pair ADDRESS FINGERPRINT CODE FOLDER\n",
                   stderr);
        return 2;
    }
    QDir().mkpath(words[3]);
    Driver driver(words[1], words[2], words[3]);
    driver.connect_by_dialog();
    driver.pull_an_image();
    driver.run_by_the_wizard(words[4]);
    driver.read_the_log();
    driver.use_a_terminal();
    driver.look_at_everything();
    driver.lose_the_node_and_find_it_again();
    driver.stop_and_remove();
    return 0;
}
