// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/pages/attestation_page.hpp"

#include <QFontDatabase>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QListWidget>
#include <QTableWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/pages/card.hpp"
#include "gui/widgets/theme.hpp"

namespace redoubt::gui {
namespace {

constexpr int k_list_width = 230;

bool is_confidential(const Workload& workload) {
    // A pod's guest is one: its containers are not listed beside it.
    return workload.level == "confidential" && workload.pod.empty();
}

QString verdict_text(Claim::Verdict verdict) {
    switch (verdict) {
    case Claim::Verdict::holds: return QStringLiteral("Holds");
    case Claim::Verdict::differs: return QStringLiteral("Differs");
    case Claim::Verdict::not_known: break;
    }
    return QStringLiteral("Told only");
}

QColor colour_of(const Theme& theme, Claim::Verdict verdict) {
    if (verdict == Claim::Verdict::holds) return theme.good;
    return verdict == Claim::Verdict::differs ? theme.bad : theme.muted;
}

} // namespace

AttestationPage::AttestationPage(Session& session, QWidget* parent)
    : QWidget(parent), session_(session), inbox_(this), list_(new QListWidget(this)),
      title_(new QLabel(this)), verdict_(new QLabel(this)), table_(new QTableWidget(0, 5, this)) {
    QHBoxLayout* title_row = nullptr;
    auto* const layout = begin_page(*this, QStringLiteral("Attestation"), &title_row);
    title_row->addStretch();
    auto* const note = make_muted(
        QStringLiteral(
            "Evidence goes from a guest to its key broker and never through the node. Here is what the node "
            "tells of each launch, and what of it can be "
            "compared here. What the evidence said, the broker's audit tells: redoubtctl trust audit show."),
        this);
    note->setWordWrap(true);
    layout->addWidget(note);
    auto* const row = new QHBoxLayout();
    row->setSpacing(12);
    list_->setObjectName(QStringLiteral("confidential"));
    list_->setFixedWidth(k_list_width);
    list_->setAccessibleName(QStringLiteral("Confidential workloads"));
    row->addWidget(list_);
    QVBoxLayout* inside = nullptr;
    auto* const card = make_card({}, &inside, this);
    title_->setObjectName(QStringLiteral("heading"));
    title_->setTextFormat(Qt::PlainText);
    verdict_->setWordWrap(true);
    inside->addWidget(title_);
    inside->addWidget(verdict_);
    inside->addWidget(table_, 1);
    inside->addStretch(); // takes the table's place while there is none
    row->addWidget(card, 1);
    layout->addLayout(row, 1);
    table_->setHorizontalHeaderLabels({QStringLiteral("Claim"), QStringLiteral("Verdict"),
                                       QStringLiteral("Expected"), QStringLiteral("Got"),
                                       QStringLiteral("Source")});
    table_->verticalHeader()->hide();
    table_->setWordWrap(true);
    table_->setShowGrid(false);
    table_->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table_->setSelectionBehavior(QAbstractItemView::SelectRows);
    table_->setAccessibleName(QStringLiteral("Claims"));
    table_->horizontalHeader()->setSectionResizeMode(QHeaderView::Interactive);
    table_->horizontalHeader()->setSectionResizeMode(2, QHeaderView::Stretch);
    table_->horizontalHeader()->setSectionResizeMode(3, QHeaderView::Stretch);
    table_->setColumnWidth(0, 210);
    table_->setColumnWidth(1, 90);
    table_->setColumnWidth(4, 150);
    connect(list_, &QListWidget::currentRowChanged, this, &AttestationPage::show_chosen);
    connect(&session, &Session::rules_changed, this, [this] {
        if (isVisible()) refresh();
    });
    refresh();
}

void AttestationPage::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    asked_.clear(); // what a new look finds may be something else
    refresh();
}

void AttestationPage::refresh() {
    std::vector<const Workload*> wanted;
    for (int row = 0; row < session_.workloads.rowCount(); ++row)
        if (const auto& workload = session_.workloads.at(row); is_confidential(workload))
            wanted.push_back(&workload);
    std::ranges::sort(wanted, {}, &Workload::name);
    QStringList ids;
    for (const auto* workload : wanted) ids << text_of(workload->id);
    QStringList shown;
    for (int row = 0; row < list_->count(); ++row) shown << list_->item(row)->data(Qt::UserRole).toString();
    if (ids != shown) {
        const auto before =
            list_->currentItem() == nullptr ? QString() : list_->currentItem()->data(Qt::UserRole).toString();
        list_->clear();
        for (const auto* workload : wanted) {
            auto* const item = new QListWidgetItem(text_of(workload->name), list_);
            item->setData(Qt::UserRole, text_of(workload->id));
        }
        if (list_->count() > 0)
            list_->setCurrentRow(static_cast<int>(std::max<qsizetype>(0, ids.indexOf(before))));
    }
    for (const auto* workload : wanted)
        if (!asked_.contains(workload->id)) ask(*workload);
    show_chosen();
}

void AttestationPage::ask(const Workload& workload) {
    if (session_.connection.state() != LinkState::online) return;
    asked_.insert(workload.id);
    session_.connection.ask(
        inbox_.share(),
        [id = workload.id, kind = workload.kind](NodeClient& client) { return client.details(id, kind); },
        [this, id = workload.id](const Result<Details>& details) {
            if (!details || !details->confidential) return;
            known_[id] = *details->confidential;
            show_chosen();
        });
}

void AttestationPage::show_chosen() {
    const auto* const item = list_->currentItem();
    table_->setVisible(item != nullptr);
    if (item == nullptr) {
        title_->setText(QStringLiteral("No confidential workloads"));
        verdict_->setText(
            QStringLiteral("Containers and pods of the isolation level confidential are listed here."));
        return;
    }
    title_->setText(item->text());
    const auto known = known_.find(item->data(Qt::UserRole).toString().toStdString());
    if (known == known_.end()) {
        verdict_->setText(
            QStringLiteral("The node tells nothing of its launch: it has not been started since."));
        table_->setRowCount(0);
        return;
    }
    show_claims(claims_of(known->second));
}

void AttestationPage::show_claims(const std::vector<Claim>& claims) {
    const auto& theme = theme_of(palette());
    const auto differing = std::ranges::count(claims, Claim::Verdict::differs, &Claim::verdict);
    const auto holding = std::ranges::count(claims, Claim::Verdict::holds, &Claim::verdict);
    verdict_->setText(QStringLiteral("<span style='color:%1'><b>%2</b></span>")
                          .arg((differing > 0 ? theme.bad : theme.good).name(),
                               QStringLiteral("%1 differ, %2 hold, %3 are told only")
                                   .arg(differing)
                                   .arg(holding)
                                   .arg(static_cast<qsizetype>(claims.size()) - differing - holding)));
    const auto fixed = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    table_->setRowCount(static_cast<int>(claims.size()));
    for (std::size_t at = 0; at < claims.size(); ++at) {
        const auto& claim = claims[at];
        const int row = static_cast<int>(at);
        const std::array texts{claim.name +
                                   (claim.reason.isEmpty() ? QString() : QStringLiteral("\n") + claim.reason),
                               verdict_text(claim.verdict), claim.expected, claim.got, claim.source};
        for (std::size_t column = 0; column < texts.size(); ++column) {
            // A digest has no place where a line may end: it gets some.
            auto text = texts[column];
            if (column == 2 || column == 3)
                for (qsizetype place = 16; place < text.size() && !text.contains(QLatin1Char('/'));
                     place += 17)
                    text.insert(place, QChar(0x200b));
            auto* const cell = new QTableWidgetItem(text.isEmpty() ? QStringLiteral("—") : text);
            cell->setTextAlignment(Qt::AlignLeft | Qt::AlignTop);
            if (column == 2 || column == 3) cell->setFont(fixed);
            if (column == 1) cell->setForeground(colour_of(theme, claim.verdict));
            table_->setItem(row, static_cast<int>(column), cell);
        }
    }
    table_->resizeRowsToContents();
}

} // namespace redoubt::gui
