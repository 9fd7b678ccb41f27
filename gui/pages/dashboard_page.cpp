// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/pages/dashboard_page.hpp"

#include <QComboBox>
#include <QGridLayout>
#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/pages/card.hpp"
#include "gui/widgets/choice_box.hpp"
#include "gui/widgets/theme.hpp"

namespace redoubt::gui {
namespace {

constexpr int k_chart_height = 176;
constexpr double k_mib = 1024.0 * 1024.0;

QString count_text(double value) {
    return QString::number(std::lround(value));
}

QWidget* make_tile(const QString& heading, QLabel*& figure, QLabel*& note, QWidget* parent) {
    QVBoxLayout* inside = nullptr;
    auto* const card = make_card({}, &inside, parent);
    inside->setSpacing(2);
    inside->addWidget(make_muted(heading, card));
    figure = new QLabel(QStringLiteral("…"), card);
    figure->setObjectName(QStringLiteral("figure"));
    note = make_muted({}, card);
    inside->addWidget(figure);
    inside->addWidget(note);
    return card;
}

void clear(QGridLayout& grid) {
    while (auto* const item = grid.takeAt(0)) {
        delete item->widget();
        delete item;
    }
}

void add_fact(QGridLayout& grid, const QString& name, const QString& value) {
    if (value.isEmpty()) return;
    const int row = grid.count() / 2;
    auto* const label = make_muted(name, grid.parentWidget());
    auto* const text = new QLabel(value, grid.parentWidget());
    text->setTextFormat(Qt::PlainText);
    text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    text->setWordWrap(true);
    grid.addWidget(label, row, 0, Qt::AlignTop);
    grid.addWidget(text, row, 1);
}

QString digest_text(std::string_view digest) {
    return digest.empty() ? QString() : text_of(digest.substr(0, 24)) + QStringLiteral("…");
}

} // namespace

DashboardPage::DashboardPage(Session& session, QWidget* parent) : QWidget(parent), session_(session) {
    scroll_ = new QScrollArea(this);
    scroll_->setWidgetResizable(true);
    scroll_->setFocusPolicy(Qt::StrongFocus);
    auto* const outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->addWidget(scroll_);
    auto* const page = new QWidget();
    QHBoxLayout* title_row = nullptr;
    auto* const layout = begin_page(*page, QStringLiteral("Dashboard"), &title_row);
    title_row->addStretch();
    auto* const span = new ChoiceBox(page);
    span->addItem(QStringLiteral("Last 5 minutes"), 300);
    span->addItem(QStringLiteral("Last 15 minutes"), 900);
    span->addItem(QStringLiteral("Last hour"), 3600);
    span->setAccessibleName(QStringLiteral("Time shown by the charts"));
    title_row->addWidget(span);
    connect(span, &QComboBox::currentIndexChanged, this, [this, span] {
        for (auto* const chart : charts_) chart->set_span(std::chrono::seconds(span->currentData().toInt()));
    });
    layout->addWidget(make_tiles());
    layout->addWidget(make_charts());
    layout->addWidget(make_foot());
    layout->addStretch();
    scroll_->setWidget(page);
    connect(&session_, &Session::figures_changed, this, &DashboardPage::show_figures);
    connect(&session_.watch, &NodeWatch::checks_read, this, &DashboardPage::show_checks);
    connect(&session_.watch, &NodeWatch::cleared, this, [this] {
        show_facts();
        show_checks();
    });
    connect(&session_.connection, &NodeConnection::facts_changed, this, &DashboardPage::show_facts);
    show_facts();
    show_checks();
}

void DashboardPage::fit() {
    // A scroll area does not ask a layout of wrapped lines how high it has to be.
    auto* const page = scroll_->widget();
    if (page == nullptr) return;
    const auto* const layout = page->layout();
    page->setMinimumHeight(std::max(layout->totalMinimumSize().height(),
                                    layout->totalHeightForWidth(scroll_->viewport()->width())));
}

void DashboardPage::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    fit();
}

QWidget* DashboardPage::make_tiles() {
    auto* const row = new QWidget(this);
    auto* const layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(12);
    layout->addWidget(make_tile(QStringLiteral("Node"), version_, version_note_, row), 1);
    layout->addWidget(make_tile(QStringLiteral("Containers"), running_, running_note_, row), 1);
    layout->addWidget(make_tile(QStringLiteral("Images"), images_, images_note_, row), 1);
    layout->addWidget(make_tile(QStringLiteral("Virtualisation"), accelerator_, accelerator_note_, row), 1);
    return row;
}

QWidget* DashboardPage::make_charts() {
    auto* const area = new QWidget(this);
    auto* const grid = new QGridLayout(area);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setSpacing(12);
    auto& usage = session_.usage;
    cpu_ = new TimeChart(QStringLiteral("CPU of containers"), percent_text, 100, area);
    cpu_->add_line(QStringLiteral("CPU"), usage.cpu_percent);
    memory_ = new TimeChart(QStringLiteral("Memory of containers"), bytes_text, 64 * k_mib, area);
    memory_->add_line(QStringLiteral("memory"), usage.memory_bytes);
    auto* const vms = new TimeChart(QStringLiteral("Running"), count_text, 5, area);
    vms->add_line(QStringLiteral("micro-VMs"), usage.vms);
    vms->add_line(QStringLiteral("containers"), usage.containers);
    auto* const network = new TimeChart(QStringLiteral("Network of containers"), rate_text, 1024, area);
    network->add_line(QStringLiteral("received"), usage.received_rate);
    network->add_line(QStringLiteral("sent"), usage.sent_rate);
    auto* const disk = new TimeChart(QStringLiteral("Disks of containers"), rate_text, 1024, area);
    disk->add_line(QStringLiteral("read"), usage.read_rate);
    disk->add_line(QStringLiteral("written"), usage.written_rate);
    charts_ = {cpu_, memory_, vms, network, disk};
    for (auto* const chart : charts_) chart->setMinimumHeight(k_chart_height);
    for (std::size_t at = 0; at < charts_.size(); ++at)
        grid->addWidget(charts_[at], static_cast<int>(at / 3), static_cast<int>(at % 3));
    QVBoxLayout* inside = nullptr;
    auto* const space = make_card(QStringLiteral("Space on the node's disk"), &inside, area);
    auto* const lines = new QGridLayout();
    lines->setHorizontalSpacing(18);
    lines->setVerticalSpacing(10);
    for (const auto* name : {"Images", "of it reclaimable", "Volumes", "Logs"}) {
        const int row = static_cast<int>(disk_.size());
        lines->addWidget(make_muted(QLatin1String(name), space), row, 0);
        disk_.push_back(new QLabel(QStringLiteral("…"), space));
        lines->addWidget(disk_.back(), row, 1, Qt::AlignRight);
    }
    lines->setColumnStretch(0, 1);
    inside->addSpacing(6);
    inside->addLayout(lines);
    inside->addStretch();
    grid->addWidget(space, 1, 2);
    for (int column = 0; column < 3; ++column) grid->setColumnStretch(column, 1);
    return area;
}

QWidget* DashboardPage::make_foot() {
    auto* const row = new QWidget(this);
    auto* const layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(12);
    QVBoxLayout* inside = nullptr;
    auto* const about = make_card(QStringLiteral("About the node"), &inside, row);
    facts_ = new QGridLayout();
    facts_->setHorizontalSpacing(18);
    facts_->setColumnStretch(1, 1);
    inside->addLayout(facts_);
    inside->addStretch();
    auto* const health = make_card(QStringLiteral("Checks of the node"), &inside, row);
    checks_ = new QGridLayout();
    checks_->setHorizontalSpacing(12);
    checks_->setColumnStretch(2, 1);
    inside->addLayout(checks_);
    inside->addStretch();
    layout->addWidget(about, 1);
    layout->addWidget(health, 1);
    return row;
}

void DashboardPage::show_facts() {
    const auto& facts = session_.connection.facts();
    const bool is_known = !facts.hostname.empty();
    version_->setText(is_known ? text_of(facts.hostname) : QStringLiteral("…"));
    version_note_->setText(is_known ? QStringLiteral("redoubtd %1, up %2")
                                          .arg(text_of(facts.version), age_text(facts.started_at, now_ns()))
                                    : QString());
    running_->setText(is_known ? QStringLiteral("%1 running").arg(facts.containers_running)
                               : QStringLiteral("…"));
    running_note_->setText(is_known
                               ? QStringLiteral("of %1%2")
                                     .arg(facts.containers_total)
                                     .arg(facts.drained ? QStringLiteral("; node is drained") : QString())
                               : QString());
    images_->setText(is_known ? QString::number(facts.images) : QStringLiteral("…"));
    accelerator_->setText(facts.accelerator == "kvm"   ? QStringLiteral("KVM")
                          : facts.accelerator == "tcg" ? QStringLiteral("Emulation")
                                                       : text_of(facts.accelerator));
    accelerator_note_->setText(text_of(facts.hypervisor));
    accelerator_->setToolTip(text_of(facts.accelerator_reason));
    cpu_->set_ceiling(100.0 * facts.cpus);
    cpu_->set_note(facts.cpus == 0
                       ? QString()
                       : QStringLiteral("of %1 % (%2 CPUs)").arg(100 * facts.cpus).arg(facts.cpus));
    memory_->set_ceiling(static_cast<double>(facts.memory_bytes));
    memory_->set_note(facts.memory_bytes == 0
                          ? QString()
                          : QStringLiteral("of %1").arg(bytes_text(static_cast<double>(facts.memory_bytes))));
    clear(*facts_);
    if (!is_known) return;
    add_fact(*facts_, QStringLiteral("Kernel"), text_of(facts.kernel));
    add_fact(*facts_, QStringLiteral("CPUs"), QString::number(facts.cpus));
    add_fact(*facts_, QStringLiteral("Memory"), bytes_text(static_cast<double>(facts.memory_bytes)));
    add_fact(*facts_, QStringLiteral("State folder"), text_of(facts.state_directory));
    add_fact(*facts_, QStringLiteral("Why no KVM"), text_of(facts.accelerator_reason));
    add_fact(*facts_, QStringLiteral("Guest image"), text_of(facts.guest_version));
    add_fact(*facts_, QStringLiteral("Guest kernel"), digest_text(facts.guest_kernel_sha384));
    add_fact(*facts_, QStringLiteral("Guest initramfs"), digest_text(facts.guest_initramfs_sha384));
    fit();
}

void DashboardPage::show_figures() {
    for (auto* const chart : charts_) chart->update();
    const auto& disk = session_.disk;
    const std::array values{disk.image_bytes, disk.reclaimable_bytes, disk.volume_bytes, disk.log_bytes};
    for (std::size_t at = 0; at < values.size(); ++at)
        disk_[at]->setText(bytes_text(static_cast<double>(values[at])));
    images_note_->setText(
        QStringLiteral("%1 on disk").arg(bytes_text(static_cast<double>(disk.image_bytes))));
}

void DashboardPage::show_checks() {
    clear(*checks_);
    const auto& theme = theme_of(palette());
    int row = 0;
    for (const auto& check : session_.checks) {
        const bool is_ok = check.verdict == Check::Verdict::ok;
        const bool is_warning = check.verdict == Check::Verdict::warning;
        auto* const mark = new QLabel(is_ok        ? QStringLiteral("OK")
                                      : is_warning ? QStringLiteral("Warning")
                                                   : QStringLiteral("Failed"),
                                      this);
        mark->setStyleSheet(QStringLiteral("color: %1; font-weight: 600;")
                                .arg((is_ok        ? theme.good
                                      : is_warning ? theme.busy
                                                   : theme.bad)
                                         .name()));
        auto words = text_of(check.detail);
        if (!check.remedy.empty()) words += QStringLiteral("\n→ ") + text_of(check.remedy);
        auto* const text = make_muted(words, this);
        text->setWordWrap(true);
        checks_->addWidget(mark, row, 0, Qt::AlignTop);
        checks_->addWidget(new QLabel(text_of(check.name), this), row, 1, Qt::AlignTop);
        checks_->addWidget(text, row, 2);
        ++row;
    }
    if (row == 0)
        checks_->addWidget(make_muted(QStringLiteral("The node has not answered yet."), this), 0, 0);
    fit();
}

} // namespace redoubt::gui
