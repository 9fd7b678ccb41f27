// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/app/quick_entries.hpp"

#include "gui/app/main_window.hpp"

namespace redoubt::gui {

std::vector<QuickEntry> quick_entries(MainWindow& window) {
    using Page = MainWindow::Page;
    std::vector<QuickEntry> out;
    const auto page = [&](Glyph glyph, const char* name, Page which) {
        out.push_back({glyph, QLatin1String(name), QStringLiteral("page"),
                       [&window, which] { window.show_page(which); }});
    };
    page(Glyph::dashboard, "Dashboard", Page::dashboard);
    page(Glyph::workloads, "Workloads", Page::workloads);
    page(Glyph::images, "Images", Page::images);
    page(Glyph::events, "Events", Page::events);
    page(Glyph::attestation, "Attestation", Page::attestation);
    if (window.session().connection.state() == LinkState::online) {
        out.push_back({Glyph::plus, QStringLiteral("Run a container…"), QStringLiteral("Ctrl+N"),
                       [&window] { window.run_wizard(); }});
        out.push_back({Glyph::download, QStringLiteral("Pull an image…"), QStringLiteral("Ctrl+P"),
                       [&window] { window.pull_image(); }});
    }
    out.push_back({Glyph::jobs, QStringLiteral("Show the jobs"), QStringLiteral("Ctrl+J"),
                   [&window] { window.show_jobs(); }});
    out.push_back({Glyph::theme, QStringLiteral("Theme: light"), {}, [&window] {
                       window.set_theme(ThemeChoice::light);
                   }});
    out.push_back({Glyph::theme, QStringLiteral("Theme: dark"), {}, [&window] {
                       window.set_theme(ThemeChoice::dark);
                   }});
    out.push_back({Glyph::theme, QStringLiteral("Theme: as the desktop"), {}, [&window] {
                       window.set_theme(ThemeChoice::system);
                   }});
    for (const auto& profile : window.profiles()) {
        const auto name = text_of(profile.name);
        out.push_back({Glyph::shield, QStringLiteral("Connect: ") + name, text_of(profile.address),
                       [&window, name] { window.open_profile(name); }});
    }
    const auto& workloads = window.session().workloads;
    for (int row = 0; row < workloads.rowCount(); ++row) {
        const auto& workload = workloads.at(row);
        const auto note =
            text_of(name_of(workload.kind)).toLower() + QStringLiteral(", ") + state_text(workload).toLower();
        out.push_back({Glyph::workloads, text_of(workload.name), note,
                       [&window, id = text_of(workload.id)] { window.show_workload(id); }});
    }
    const auto& images = window.session().images;
    for (int row = 0; row < images.rowCount(); ++row) {
        const auto& image = images.at(row);
        const auto name = image.names.empty() ? short_id(image.id) : text_of(image.names);
        out.push_back({Glyph::images, name, QStringLiteral("image"),
                       [&window, id = text_of(image.id)] { window.show_image(id); }});
    }
    return out;
}

} // namespace redoubt::gui
