// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QByteArray>

#include "gui/backend/node_connection.hpp"

namespace redoubt::gui {

/// A shell in a container, from its start to its end. Thread: that of the object.
class TerminalStream final : public QObject {
    Q_OBJECT
  public:
    /// Begins at once. Lifetime: the connection has to outlive it.
    TerminalStream(NodeConnection& connection, const std::string& container,
                   const std::vector<std::string>& command, std::uint32_t rows, std::uint32_t columns,
                   QObject* parent = nullptr);
    ~TerminalStream() override;
    TerminalStream(const TerminalStream&) = delete;
    TerminalStream& operator=(const TerminalStream&) = delete;

    void write(const QByteArray& bytes);
    void resize(std::uint32_t rows, std::uint32_t columns);

  Q_SIGNALS:
    void output(const QByteArray& bytes);
    /// "exit code 0", or what went wrong.
    void ended(const QString& how);

  private:
    struct Link;
    OwnedInbox inbox_;
    std::shared_ptr<Link> link_; // shared with the two threads that read and write
};

} // namespace redoubt::gui
