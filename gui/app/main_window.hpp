// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QMainWindow>
#include <QTimer>

#include "gui/app/settings.hpp"
#include "gui/models/session.hpp"

class QListWidget;
class QStackedWidget;

namespace redoubt::gui {

class AttestationPage;
class Banner;
class DashboardPage;
class EventsPage;
class HeaderBar;
class ImagesPage;
class JobsPanel;
class WorkloadsPage;

/// The whole of the console: pages at the left, the node at the top, jobs at the foot.
class MainWindow final : public QMainWindow {
    Q_OBJECT
  public:
    enum class Page : std::uint8_t { dashboard, workloads, images, events, attestation };

    explicit MainWindow(Settings settings, QWidget* parent = nullptr);
    ~MainWindow() override;
    MainWindow(const MainWindow&) = delete;
    MainWindow& operator=(const MainWindow&) = delete;

    /// Connects with the profile of a name; nothing of what there was is kept.
    void open_profile(const QString& name);
    /// Connects without a profile: `address` as parse_address() reads it.
    void open_address(const QString& address);
    void show_page(Page page);
    void set_theme(ThemeChoice choice);
    void show_workload(const QString& id);
    void show_image(const QString& id);
    void run_wizard(const QString& image = {});
    void pull_image();
    void edit_profiles();
    void quick_open();
    void show_jobs();

    [[nodiscard]] Session& session() { return session_; }
    [[nodiscard]] const std::vector<Profile>& profiles() const { return profiles_; }
    [[nodiscard]] Banner& banner() { return *banner_; }

  protected:
    void closeEvent(QCloseEvent* event) override;

  private:
    void add_shortcuts();
    void focus_search();
    void read_profiles();
    /// Writes them down; shows why not.
    bool keep_profiles(std::vector<Profile> profiles);
    void show_link();
    void ask_removal(const std::vector<Workload>& workloads);
    void ask_image_removal(const ImageRow& image);
    QWidget* make_pages();

    Settings settings_;
    std::vector<Profile> profiles_;
    Session session_;
    QTimer clock_;
    HeaderBar* header_ = nullptr;
    Banner* banner_ = nullptr;
    QListWidget* navigation_ = nullptr;
    QStackedWidget* stack_ = nullptr;
    DashboardPage* dashboard_ = nullptr;
    WorkloadsPage* workloads_ = nullptr;
    ImagesPage* images_ = nullptr;
    EventsPage* events_ = nullptr;
    AttestationPage* attestation_ = nullptr;
    JobsPanel* jobs_ = nullptr;
    QStringList networks_;
    OwnedInbox inbox_{this};
};

} // namespace redoubt::gui
