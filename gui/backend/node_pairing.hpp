// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QObject>
#include <QString>

#include "gui/backend/inbox.hpp"
#include "gui/backend/profile.hpp"

namespace redoubt::gui {

/// Becomes the administrator of a node by the code on its screen. One thing at a time.
/// Source: docs/formats/pairing.md. Thread: that of the object; it waits on others.
class NodePairing final : public QObject {
    Q_OBJECT
  public:
    using QObject::QObject;

    /// Finds out who answers at "HOST" or "HOST:PORT", to whom nothing of ours is sent: found() or failed().
    void look_up(const QString& address);
    /// Pairs with a node that was found, whose fingerprint somebody has compared, and notes it for redoubtctl
    /// as well: paired() or failed().
    void pair(const QString& address, const QString& fingerprint, const QString& code, const QString& name);

    [[nodiscard]] bool is_busy() const { return is_busy_; }

  Q_SIGNALS:
    /// With the port, and "sha256:..." of the certificate.
    void found(const QString& address, const QString& fingerprint);
    void paired(const redoubt::gui::Profile& profile);
    void failed(const QString& why);

  private:
    bool is_busy_ = false;
    OwnedInbox inbox_{this};
};

} // namespace redoubt::gui
