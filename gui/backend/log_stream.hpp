// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <stop_token>

#include "gui/backend/node_connection.hpp"

namespace redoubt::gui {

/// A container's log as it is written. Lines come in groups; a log that comes faster than it is shown waits
/// at the node. Thread: that of the object.
class LogStream final : public QObject {
    Q_OBJECT
  public:
    /// Begins at once. Lifetime: borrows the connection.
    LogStream(NodeConnection& connection, const std::string& container, const LogOptions& options,
              QObject* parent = nullptr);
    ~LogStream() override;
    LogStream(const LogStream&) = delete;
    LogStream& operator=(const LogStream&) = delete;

  Q_SIGNALS:
    void lines_read(const std::vector<redoubt::gui::LogLine>& lines);
    /// There will be no more; empty: the log is at its end.
    void ended(const QString& problem);

  private:
    OwnedInbox inbox_;
    std::stop_source stop_;
};

} // namespace redoubt::gui
