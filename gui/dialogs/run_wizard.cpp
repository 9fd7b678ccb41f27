// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/dialogs/run_wizard.hpp"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFontDatabase>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "common/base/file.hpp"
#include "gui/backend/run_request.hpp"
#include "gui/widgets/choice_box.hpp"
#include "gui/widgets/reason.hpp"
#include "gui/widgets/theme.hpp"

namespace redoubt::gui {
namespace {

constexpr int k_most_memory_mib = 1 << 20;
constexpr double k_most_cpus = 256;

QFormLayout* form_of(QWidget& page) {
    auto* const out = new QFormLayout(&page);
    out->setContentsMargins(0, 8, 0, 0);
    out->setVerticalSpacing(12);
    out->setHorizontalSpacing(16);
    return out;
}

} // namespace

RunWizard::RunWizard(const RunChoices& choices, const QString& image, QWidget* parent)
    : QDialog(parent), pages_(new QStackedWidget(this)), steps_(new QLabel(this)), title_(new QLabel(this)),
      subtitle_(new QLabel(this)) {
    setWindowTitle(QStringLiteral("Run a container"));
    setObjectName(QStringLiteral("run_wizard"));
    setMinimumSize(680, 520);
    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(24, 20, 24, 18);
    layout->setSpacing(6);
    steps_->setObjectName(QStringLiteral("muted"));
    title_->setObjectName(QStringLiteral("title"));
    subtitle_->setTextFormat(Qt::PlainText);
    subtitle_->setWordWrap(true);
    layout->addWidget(steps_);
    layout->addWidget(title_);
    layout->addWidget(subtitle_);
    layout->addSpacing(6);
    layout->addWidget(pages_, 1);
    layout->addSpacing(8);
    layout->addWidget(make_buttons());
    pages_->addWidget(make_image_page(choices, image));
    pages_->addWidget(make_process_page());
    pages_->addWidget(make_limits_page(choices));
    pages_->addWidget(make_review_page());
    show_page(0);
}

QWidget* RunWizard::make_page(const QString& title, const QString& subtitle) {
    auto* const page = new QWidget(pages_);
    page->setWindowTitle(title);
    page->setAccessibleDescription(subtitle);
    return page;
}

QWidget* RunWizard::make_buttons() {
    auto* const row = new QWidget(this);
    auto* const layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    auto* const cancel = new QPushButton(QStringLiteral("Cancel"), row);
    back_ = new QPushButton(QStringLiteral("Back"), row);
    next_ = new QPushButton(row);
    next_->setObjectName(QStringLiteral("wizard_next"));
    next_->setDefault(true);
    cancel->setAutoDefault(false);
    back_->setAutoDefault(false);
    layout->addWidget(cancel);
    layout->addStretch();
    layout->addWidget(back_);
    layout->addWidget(next_);
    connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
    connect(back_, &QPushButton::clicked, this, &RunWizard::back);
    connect(next_, &QPushButton::clicked, this, &RunWizard::next);
    return row;
}

void RunWizard::show_page(int page) {
    const bool is_last = page == pages_->count() - 1;
    pages_->setCurrentIndex(page);
    steps_->setText(QStringLiteral("Step %1 of %2").arg(page + 1).arg(pages_->count()));
    title_->setText(pages_->currentWidget()->windowTitle());
    subtitle_->setText(pages_->currentWidget()->accessibleDescription());
    subtitle_->setStyleSheet({});
    enable_unless(*back_, page > 0 ? std::nullopt : std::optional(QStringLiteral("This is the first page")),
                  {});
    next_->setText(is_last ? QStringLiteral("Run") : QStringLiteral("Next"));
    if (is_last) show_review();
    if (auto* const first = pages_->currentWidget()->nextInFocusChain(); first != nullptr && !is_last)
        first->setFocus();
}

void RunWizard::next() {
    // Each page answers for what stands on it; the pages to come begin with what can be.
    const auto wanted = request();
    const auto text = wanted ? review_of(*wanted) : std::unexpected(wanted.error());
    if (!text) {
        subtitle_->setText(QString::fromStdString(text.error().message));
        subtitle_->setStyleSheet(QStringLiteral("color: %1").arg(theme_of(palette()).bad.name()));
        return;
    }
    if (pages_->currentIndex() == pages_->count() - 1)
        accept();
    else
        show_page(pages_->currentIndex() + 1);
}

void RunWizard::back() {
    if (pages_->currentIndex() > 0) show_page(pages_->currentIndex() - 1);
}

QWidget* RunWizard::make_image_page(const RunChoices& choices, const QString& image) {
    auto* const page =
        make_page(QStringLiteral("Image"),
                  QStringLiteral("One that the node has, or any that a registry has: it is pulled then."));
    auto* const form = form_of(*page);
    image_ = new ChoiceBox(page);
    image_->setObjectName(QStringLiteral("image"));
    image_->setEditable(true);
    image_->setInsertPolicy(QComboBox::NoInsert);
    image_->addItems(choices.images);
    image_->setCurrentText(image);
    image_->lineEdit()->setPlaceholderText(QStringLiteral("registry.example/team/image:tag"));
    plain_http_ = new QCheckBox(QStringLiteral("The registry has no TLS, or none to trust"), page);
    plain_http_->setObjectName(QStringLiteral("plain_http"));
    name_ = new QLineEdit(page);
    name_->setObjectName(QStringLiteral("name"));
    name_->setPlaceholderText(QStringLiteral("the node makes one up"));
    form->addRow(QStringLiteral("&Image"), image_);
    form->addRow(QString(), plain_http_);
    form->addRow(QStringLiteral("&Name"), name_);
    return page;
}

QWidget* RunWizard::make_process_page() {
    auto* const page =
        make_page(QStringLiteral("Process"), QStringLiteral("What is left empty is what the image says."));
    auto* const form = form_of(*page);
    command_ = new QLineEdit(page);
    command_->setObjectName(QStringLiteral("command"));
    command_->setPlaceholderText(QStringLiteral("sh -c \"while true; do date; sleep 1; done\""));
    environment_ = new QPlainTextEdit(page);
    environment_->setObjectName(QStringLiteral("environment"));
    environment_->setPlaceholderText(QStringLiteral("NAME=value, one a line"));
    environment_->setTabChangesFocus(true);
    terminal_ = new QCheckBox(QStringLiteral("Give it a terminal and keep its input open"), page);
    form->addRow(QStringLiteral("&Command"), command_);
    form->addRow(QStringLiteral("&Variables"), environment_);
    form->addRow(QString(), terminal_);
    return page;
}

QWidget* RunWizard::make_limits_page(const RunChoices& choices) {
    auto* const page = make_page(QStringLiteral("Isolation and limits"),
                                 QStringLiteral("How far it is from others, and how much it may use."));
    auto* const form = form_of(*page);
    level_ = new ChoiceBox(page);
    level_->setObjectName(QStringLiteral("level"));
    level_->addItem(QStringLiteral("vm: a micro-VM of its own"), QStringLiteral("vm"));
    level_->addItem(QStringLiteral("confidential: a micro-VM that the host cannot read"),
                    QStringLiteral("confidential"));
    level_->addItem(QStringLiteral("gvisor: a kernel in user space"), QStringLiteral("gvisor"));
    level_->addItem(QStringLiteral("runc: the host's kernel"), QStringLiteral("runc"));
    initdata_ = new QLineEdit(page);
    initdata_->setPlaceholderText(QStringLiteral("file made by redoubtctl initdata build"));
    const auto judge = [this] {
        const bool is_wanted = level_->currentData().toString() == QStringLiteral("confidential");
        enable_unless(*initdata_,
                      is_wanted ? std::nullopt
                                : std::optional(QStringLiteral("Of the level confidential alone")),
                      QStringLiteral("What its guest enforces, and whom it trusts"));
    };
    connect(level_, &QComboBox::currentIndexChanged, this, judge);
    judge();
    memory_ = new QSpinBox(page);
    memory_->setRange(0, k_most_memory_mib);
    memory_->setSingleStep(64);
    memory_->setSuffix(QStringLiteral(" MiB"));
    memory_->setSpecialValueText(QStringLiteral("the node's default"));
    memory_->setButtonSymbols(QAbstractSpinBox::NoButtons);
    cpus_ = new QDoubleSpinBox(page);
    cpus_->setButtonSymbols(QAbstractSpinBox::NoButtons);
    cpus_->setRange(0, k_most_cpus);
    cpus_->setSingleStep(0.5);
    cpus_->setSpecialValueText(QStringLiteral("the node's default"));
    network_ = new ChoiceBox(page);
    network_->setObjectName(QStringLiteral("network"));
    network_->addItem(QStringLiteral("the node's default"), QString());
    network_->addItem(QStringLiteral("none"), QStringLiteral("none"));
    for (const auto& name : choices.networks) network_->addItem(name, name);
    read_only_ = new QCheckBox(QStringLiteral("Its root file system is read-only"), page);
    remove_ = new QCheckBox(QStringLiteral("Remove it when it ends"), page);
    form->addRow(QStringLiteral("&Isolation"), level_);
    form->addRow(QStringLiteral("Init&data"), initdata_);
    form->addRow(QStringLiteral("&Memory"), memory_);
    form->addRow(QStringLiteral("C&PUs"), cpus_);
    form->addRow(QStringLiteral("N&etwork"), network_);
    form->addRow(QString(), read_only_);
    form->addRow(QString(), remove_);
    return page;
}

QWidget* RunWizard::make_review_page() {
    auto* const page =
        make_page(QStringLiteral("Review"),
                  QStringLiteral("This is what is sent to the node: CreateContainer, then StartContainer."));
    auto* const layout = new QVBoxLayout(page);
    layout->setContentsMargins(0, 8, 0, 0);
    review_ = new QPlainTextEdit(page);
    review_->setObjectName(QStringLiteral("review"));
    review_->setReadOnly(true);
    review_->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    layout->addWidget(review_, 1);
    return page;
}

Result<RunRequest> RunWizard::request() const {
    RunRequest out;
    out.image = image_->currentText().trimmed().toStdString();
    out.plain_http = plain_http_->isChecked();
    out.name = name_->text().trimmed().toStdString();
    RDT_TRY(out.command, split_words(command_->text().toStdString()));
    for (const auto& line : environment_->toPlainText().split(QLatin1Char('\n'), Qt::SkipEmptyParts)) {
        const auto equals = line.indexOf(QLatin1Char('='));
        if (equals < 1) return fail(Code::invalid_argument, "variable '{}' has no '='", line.toStdString());
        out.environment.emplace_back(line.left(equals).trimmed().toStdString(),
                                     line.mid(equals + 1).toStdString());
    }
    out.terminal = terminal_->isChecked();
    out.level = level_->currentData().toString().toStdString();
    if (initdata_->isEnabled() && !initdata_->text().isEmpty()) {
        RDT_TRY(out.initdata, read_file(initdata_->text().toStdString()));
    }
    out.memory_bytes = static_cast<std::uint64_t>(memory_->value()) << 20U;
    out.cpus = cpus_->value();
    out.network = network_->currentData().toString().toStdString();
    out.read_only = read_only_->isChecked();
    out.remove_at_end = remove_->isChecked();
    return out;
}

void RunWizard::show_review() {
    const auto wanted = request();
    const auto text = wanted ? review_of(*wanted) : std::unexpected(wanted.error());
    review_->setPlainText(QString::fromStdString(text ? *text : text.error().message));
}

} // namespace redoubt::gui
