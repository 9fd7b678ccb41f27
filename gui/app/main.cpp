// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// redoubt-console: a node's administrator sees and changes what it does. docs/man/redoubt-console.1.md.

#include <QApplication>
#include <QCommandLineParser>
#include <QStyleHints>

#include "gui/app/main_window.hpp"

int main(int argc, char** argv) {
    using namespace redoubt::gui;
    QApplication application(argc, argv);
    QApplication::setApplicationName(QStringLiteral("redoubt-console"));
    QApplication::setApplicationDisplayName(QStringLiteral("Redoubt"));
    QApplication::setApplicationVersion(QStringLiteral(REDOUBT_VERSION));
    QApplication::setDesktopFileName(QStringLiteral("redoubt-console"));
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("Sees and changes what a Redoubt node does."));
    parser.addHelpOption();
    parser.addVersionOption();
    const QCommandLineOption host({QStringLiteral("H"), QStringLiteral("host")},
                                  QStringLiteral("Connect with this node: unix:/PATH."),
                                  QStringLiteral("ADDRESS"));
    const QCommandLineOption connection({QStringLiteral("c"), QStringLiteral("connection")},
                                        QStringLiteral("Connect by the connection of this name."),
                                        QStringLiteral("NAME"));
    const QCommandLineOption folder(QStringLiteral("settings"),
                                    QStringLiteral("Keep settings in this folder."),
                                    QStringLiteral("FOLDER"));
    parser.addOptions({host, connection, folder});
    parser.process(application);

    Settings settings(parser.isSet(folder) ? std::filesystem::path(parser.value(folder).toStdString())
                                           : Settings::usual_folder());
    const auto theme = settings.theme();
    apply_theme(theme);
    const auto last = settings.last_profile();
    MainWindow window(std::move(settings));
    QObject::connect(QGuiApplication::styleHints(), &QStyleHints::colorSchemeChanged, &window,
                     [&window, theme] {
                         if (theme == ThemeChoice::system) apply_theme(theme);
                         window.update();
                     });
    if (parser.isSet(host))
        window.open_address(parser.value(host));
    else
        window.open_profile(parser.isSet(connection) ? parser.value(connection) : last);
    window.show();
    return QApplication::exec();
}
