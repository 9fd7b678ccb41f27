// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/app/main_window.hpp"

#include <QCloseEvent>
#include <QListWidget>
#include <QShortcut>
#include <QStackedWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/app/header_bar.hpp"
#include "gui/app/quick_entries.hpp"
#include "gui/dialogs/profiles_dialog.hpp"
#include "gui/dialogs/pull_dialog.hpp"
#include "gui/dialogs/removal_dialog.hpp"
#include "gui/dialogs/run_wizard.hpp"
#include "gui/models/workload_rules.hpp"
#include "gui/pages/attestation_page.hpp"
#include "gui/pages/dashboard_page.hpp"
#include "gui/pages/events_page.hpp"
#include "gui/pages/images_page.hpp"
#include "gui/pages/jobs_panel.hpp"
#include "gui/pages/workloads_page.hpp"
#include "gui/widgets/banner.hpp"
#include "gui/widgets/glyph.hpp"

namespace redoubt::gui {
namespace {

constexpr int k_navigation_width = 176;

} // namespace

MainWindow::MainWindow(Settings settings, QWidget* parent)
    : QMainWindow(parent), settings_(std::move(settings)), clock_(this) {
    setWindowTitle(QStringLiteral("Redoubt"));
    resize(1280, 840);
    setMinimumSize(900, 600);
    auto* const centre = new QWidget(this);
    auto* const outer = new QVBoxLayout(centre);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->setSpacing(0);
    header_ = new HeaderBar(session_.connection, centre);
    banner_ = new Banner(centre);
    outer->addWidget(header_);
    outer->addWidget(banner_);
    outer->addWidget(make_pages(), 1);
    setCentralWidget(centre);
    connect(header_, &HeaderBar::profile_chosen, this, &MainWindow::open_profile);
    connect(header_, &HeaderBar::profiles_asked, this, &MainWindow::edit_profiles);
    connect(header_, &HeaderBar::quick_open_asked, this, &MainWindow::quick_open);
    connect(header_, &HeaderBar::theme_chosen, this, &MainWindow::set_theme);
    connect(banner_, &Banner::acted, this, [this] {
        if (session_.connection.state() == LinkState::closed)
            edit_profiles();
        else
            session_.connection.retry_now();
    });
    connect(&session_.connection, &NodeConnection::state_changed, this, &MainWindow::show_link);
    // How long ago the node answered goes on while it does not.
    connect(&clock_, &QTimer::timeout, this, &MainWindow::show_link);
    clock_.start(std::chrono::seconds(1));
    add_shortcuts();
    restoreGeometry(settings_.geometry());
    read_profiles();
    show_link();
}

MainWindow::~MainWindow() {
    // Pages borrow the session, and children go after members.
    delete takeCentralWidget();
}

QWidget* MainWindow::make_pages() {
    auto* const area = new QWidget(this);
    auto* const row = new QHBoxLayout(area);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    navigation_ = new QListWidget(area);
    navigation_->setObjectName(QStringLiteral("navigation"));
    navigation_->setAccessibleName(QStringLiteral("Pages"));
    navigation_->setFixedWidth(k_navigation_width);
    navigation_->setIconSize({18, 18});
    navigation_->setFrameShape(QFrame::NoFrame);
    stack_ = new QStackedWidget(area);
    dashboard_ = new DashboardPage(session_, stack_);
    workloads_ = new WorkloadsPage(session_, stack_);
    images_ = new ImagesPage(session_, stack_);
    events_ = new EventsPage(session_, stack_);
    attestation_ = new AttestationPage(session_, stack_);
    const auto add = [this](QWidget* page, Glyph glyph, const char* name) {
        stack_->addWidget(page);
        auto* const item = new QListWidgetItem(icon_of(glyph), QLatin1String(name), navigation_);
        item->setToolTip(QStringLiteral("%1 (Alt+%2)").arg(item->text()).arg(navigation_->count()));
    };
    add(dashboard_, Glyph::dashboard, "Dashboard");
    add(workloads_, Glyph::workloads, "Workloads");
    add(images_, Glyph::images, "Images");
    add(events_, Glyph::events, "Events");
    add(attestation_, Glyph::attestation, "Attestation");
    jobs_ = new JobsPanel(session_, area);
    auto* const right = new QVBoxLayout();
    right->setSpacing(0);
    right->addWidget(stack_, 1);
    right->addWidget(jobs_);
    row->addWidget(navigation_);
    row->addLayout(right, 1);
    connect(navigation_, &QListWidget::currentRowChanged, stack_, &QStackedWidget::setCurrentIndex);
    navigation_->setCurrentRow(0);
    connect(workloads_, &WorkloadsPage::run_asked, this, [this] { run_wizard(); });
    connect(workloads_, &WorkloadsPage::removal_asked, this, &MainWindow::ask_removal);
    connect(images_, &ImagesPage::pull_asked, this, &MainWindow::pull_image);
    connect(images_, &ImagesPage::run_asked, this, &MainWindow::run_wizard);
    connect(images_, &ImagesPage::removal_asked, this, &MainWindow::ask_image_removal);
    return area;
}

void MainWindow::add_shortcuts() {
    const auto add = [this](const QKeySequence& keys, auto what) {
        connect(new QShortcut(keys, this), &QShortcut::activated, this, what);
    };
    add(QKeySequence(QStringLiteral("Ctrl+K")), [this] { quick_open(); });
    add(QKeySequence(QStringLiteral("Ctrl+J")), [this] { jobs_->toggle(); });
    add(QKeySequence(QStringLiteral("Ctrl+F")), [this] { focus_search(); });
    add(QKeySequence(QStringLiteral("Ctrl+Q")), [this] { close(); });
    add(QKeySequence(QStringLiteral("F5")), [this] {
        session_.connection.retry_now();
        session_.watch.refresh();
        session_.watch.refresh_images();
        session_.watch.refresh_checks();
    });
    for (int page = 0; page < stack_->count(); ++page)
        add(QKeySequence(QStringLiteral("Alt+%1").arg(page + 1)),
            [this, page] { show_page(static_cast<Page>(page)); });
}

void MainWindow::focus_search() {
    if (stack_->currentWidget() == workloads_) workloads_->focus_search();
    if (stack_->currentWidget() == images_) images_->focus_search();
    if (stack_->currentWidget() == events_) events_->focus_search();
}

void MainWindow::show_page(Page page) {
    navigation_->setCurrentRow(static_cast<int>(page));
}

void MainWindow::set_theme(ThemeChoice choice) {
    settings_.set_theme(choice);
    apply_theme(choice);
    // What has its colour written into its text is written anew.
    show_link();
    Q_EMIT session_.connection.state_changed();
    Q_EMIT session_.jobs.changed();
    Q_EMIT session_.watch.checks_read(session_.checks);
}

void MainWindow::read_profiles() {
    auto profiles = settings_.profiles();
    if (profiles) {
        profiles_ = std::move(*profiles);
        header_->set_profiles(profiles_, settings_.last_profile());
        return;
    }
    banner_->tell(StateColour::bad,
                  QStringLiteral("The connections cannot be read: ") +
                      QString::fromStdString(profiles.error().message),
                  {});
}

void MainWindow::open_profile(const QString& name) {
    const auto found = std::ranges::find(profiles_, name.toStdString(), &Profile::name);
    if (found == profiles_.end()) return;
    settings_.set_last_profile(name);
    header_->set_profiles(profiles_, name);
    session_.connection.open(*found);
    session_.connection.ask(
        inbox_.share(), [](NodeClient& client) { return client.networks(); },
        [this](const Result<std::vector<std::string>>& names) {
            if (!names) return;
            networks_.clear();
            for (const auto& network : *names) networks_ << text_of(network);
        });
}

void MainWindow::open_address(const QString& address) {
    const Profile profile{.name = address.toStdString(),
                          .address = address.toStdString(),
                          .certificate = {},
                          .key = {},
                          .node_fingerprint = {}};
    auto shown = profiles_;
    shown.push_back(profile);
    header_->set_profiles(shown, address);
    session_.connection.open(profile);
}

void MainWindow::show_link() {
    const auto& link = session_.connection;
    const auto why = link.problem();
    switch (link.state()) {
    case LinkState::online: banner_->hide(); return;
    case LinkState::stale:
        banner_->tell(
            StateColour::bad,
            QStringLiteral(
                "%1 does not answer since %2. What is shown is from then. Trying again every %3 s: %4")
                .arg(text_of(link.profile().name), clock_text(link.last_answer()).left(8))
                .arg(static_cast<double>(link.pause().count()) / 1000.0, 0, 'g', 2)
                .arg(why.section(QLatin1Char('\n'), 0, 0)),
            QStringLiteral("Try now"));
        return;
    case LinkState::connecting:
        if (!why.isEmpty())
            banner_->tell(StateColour::busy,
                          QStringLiteral("Cannot connect with %1: %2").arg(text_of(link.profile().name), why),
                          QStringLiteral("Try now"));
        return;
    case LinkState::closed:
        if (!why.isEmpty())
            banner_->tell(StateColour::bad, why, QStringLiteral("Connections…"));
        else if (link.profile().name.empty() && profiles_.empty())
            banner_->tell(StateColour::quiet,
                          QStringLiteral("Make a connection to see a node: unix:/run/redoubt/redoubtd.sock "
                                         "is the one of this machine."),
                          QStringLiteral("Connections…"));
        return;
    }
}

void MainWindow::show_workload(const QString& id) {
    show_page(Page::workloads);
    workloads_->choose(id);
}

void MainWindow::show_image(const QString& id) {
    show_page(Page::images);
    images_->choose(id);
}

void MainWindow::show_jobs() {
    jobs_->set_open(true);
}

void MainWindow::run_wizard(const QString& image) {
    RunChoices choices{.images = {}, .networks = networks_};
    for (int row = 0; row < session_.images.rowCount(); ++row)
        for (const auto& name :
             text_of(session_.images.at(row).names).split(QStringLiteral(", "), Qt::SkipEmptyParts))
            choices.images << name;
    choices.images.sort();
    auto* const wizard = new RunWizard(choices, image, this);
    wizard->setAttribute(Qt::WA_DeleteOnClose);
    connect(wizard, &QDialog::accepted, this, [this, wizard] {
        const auto request = wizard->request();
        if (!request) return; // its pages do not let such go
        session_.actions.run(*request);
        show_page(Page::workloads);
    });
    wizard->open();
}

void MainWindow::pull_image() {
    auto* const dialog = new PullDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog] {
        session_.actions.pull(dialog->request());
        jobs_->set_open(true);
    });
    dialog->open();
}

void MainWindow::ask_removal(const std::vector<Workload>& workloads) {
    const bool is_one = workloads.size() == 1;
    const auto name =
        is_one ? text_of(workloads.front().name) : QStringLiteral("%1 workloads").arg(workloads.size());
    const bool runs = std::ranges::any_of(workloads, [](const Workload& workload) {
        return !why_not(WorkloadVerb::stop, &workload, LinkState::online);
    });
    auto consequence = runs ? QStringLiteral("It runs: it is killed first. ") : QString();
    consequence += QStringLiteral(
        "What was written into its file system, and its log, are gone for good. Named volumes stay.");
    auto* const dialog =
        new RemovalDialog(QStringLiteral("Remove %1?").arg(name), consequence,
                          runs ? (is_one ? name : QStringLiteral("remove")) : QString(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, workloads] {
        for (const auto& workload : workloads) session_.actions.remove(workload);
    });
    dialog->open();
}

void MainWindow::ask_image_removal(const ImageRow& image) {
    const auto name = image.names.empty() ? short_id(image.id) : text_of(image.names);
    auto* const dialog = new RemovalDialog(
        QStringLiteral("Remove the image %1?").arg(name),
        QStringLiteral("Its layers go from the node's disk, unless other images have them as well."), {},
        this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, image] { session_.actions.remove_image(image); });
    dialog->open();
}

void MainWindow::edit_profiles() {
    auto* const dialog = new ProfilesDialog(profiles_, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &ProfilesDialog::paired, this, [this](const Profile& made) {
        auto profiles = profiles_;
        std::erase_if(profiles, [&made](const Profile& old) { return old.name == made.name; });
        profiles.push_back(made);
        if (keep_profiles(std::move(profiles))) open_profile(text_of(made.name));
    });
    connect(dialog, &QDialog::accepted, this, [this, dialog] {
        const bool was_none = profiles_.empty();
        if (keep_profiles(dialog->profiles()) && was_none && !profiles_.empty())
            open_profile(text_of(profiles_.front().name));
    });
    dialog->open();
}

bool MainWindow::keep_profiles(std::vector<Profile> profiles) {
    if (const auto status = settings_.save_profiles(profiles); !status) {
        banner_->tell(StateColour::bad,
                      QStringLiteral("The connections cannot be kept: ") +
                          QString::fromStdString(status.error().message),
                      {});
        return false;
    }
    profiles_ = std::move(profiles);
    header_->set_profiles(profiles_, text_of(session_.connection.profile().name));
    return true;
}

void MainWindow::quick_open() {
    auto* const dialog = new QuickOpen(quick_entries(*this), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->move(mapToGlobal(QPoint((width() - dialog->width()) / 2, 80)));
    dialog->show();
}

void MainWindow::closeEvent(QCloseEvent* event) {
    settings_.set_geometry(saveGeometry());
    event->accept();
}

} // namespace redoubt::gui
