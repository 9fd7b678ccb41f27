// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QAction>
#include <QTemporaryDir>
#include <QTest>

#include "gui/app/main_window.hpp"

namespace redoubt::gui::drive {

/// A person at the console. Each step ends the program when what it waits for does not come about.
class Driver {
  public:
    Driver(QString address, QString image, const QString& pictures);

    void connect_by_dialog();
    /// Of the node at the driver's address; a wrong code first.
    void pair(const QString& fingerprint, const QString& code);
    void pull_an_image();
    void run_by_the_wizard(const QString& level);
    void read_the_log();
    void use_a_terminal();
    void look_at_everything();
    void lose_the_node_and_find_it_again();
    void stop_and_remove();

  private:
    template <class Condition>
    void expect(Condition condition, const char* what, int seconds = 120);
    void done(const char* step);
    void picture(const QString& name);
    void picture_of_one_theme(const QString& file);
    void trigger(const QString& action);
    /// With Ctrl.
    void press(Qt::Key key);
    void choose_tab(int tab);
    template <class Widget>
    Widget* find(const char* name);
    [[nodiscard]] const Workload* workload(const std::string& name);

    QString address_;
    QString image_;
    QString pictures_;
    QTemporaryDir settings_;
    MainWindow window_;
};

} // namespace redoubt::gui::drive
