// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QWidget>
#include <deque>

#include "gui/backend/log_stream.hpp"
#include "gui/models/session.hpp"

class QCheckBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;

namespace redoubt::gui {

/// A container's log: as it comes, or standing still to be read; all of it, or the lines with certain words.
/// Of more than 20,000 lines the oldest go. Lifetime: borrows the session.
class LogPanel final : public QWidget {
    Q_OBJECT
  public:
    static constexpr std::size_t k_most_lines = 20'000;

    explicit LogPanel(Session& session, QWidget* parent = nullptr);
    /// Nothing: none is chosen.
    void show_workload(const Workload* workload);

  protected:
    void changeEvent(QEvent* event) override;

  private:
    void begin(const std::string& id);
    void take(const std::vector<LogLine>& lines);
    void show(const std::vector<const LogLine*>& lines);
    void show_again();
    [[nodiscard]] bool is_wanted(const LogLine& line) const;
    void tell(const QString& words);

    Session& session_;
    std::unique_ptr<LogStream> stream_;
    std::string id_;
    WorkloadState state_ = WorkloadState::created;
    std::deque<LogLine> lines_;
    QStringList words_;
    QPlainTextEdit* text_;
    QLineEdit* search_;
    QCheckBox* follow_;
    QCheckBox* times_;
    QLabel* status_;
    bool has_ended_ = false;
};

} // namespace redoubt::gui
