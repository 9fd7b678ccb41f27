// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QObject>
#include <deque>

#include "common/base/error.hpp"
#include "gui/backend/values.hpp"

namespace redoubt::gui {

/// What was asked for here, the newest first; of what has ended the last 500. Thread: that of the object.
class JobList final : public QObject {
    Q_OBJECT
  public:
    using QObject::QObject;

    /// The new job's id.
    std::string begin(std::string title);
    void progress(const std::string& id, double done, std::string detail);
    void finish(const std::string& id, const Status& result);

    [[nodiscard]] const std::deque<Job>& jobs() const { return jobs_; }
    [[nodiscard]] std::size_t running() const;

  Q_SIGNALS:
    void changed();
    /// A job has ended, well or not.
    void finished(const redoubt::gui::Job& job);

  private:
    Job* find(const std::string& id);

    std::deque<Job> jobs_;
    std::uint64_t last_id_ = 0;
};

} // namespace redoubt::gui
