// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <functional>
#include <memory>
#include <mutex>

class QObject;

namespace redoubt::gui {

/// Brings what other threads found to the thread of an object, as long as there is that object.
/// Thread: any may post; close() is called by the owner's destructor. Shared by the owner and its threads.
class Inbox {
  public:
    explicit Inbox(QObject* owner) : owner_(owner) {}

    /// Calls `what` later in the owner's thread; never, once the inbox is closed.
    void post(std::function<void()> what);
    void close();

  private:
    std::mutex mutex_;
    QObject* owner_;
};

/// An inbox that its owner holds, closed with it.
class OwnedInbox {
  public:
    explicit OwnedInbox(QObject* owner) : inbox_(std::make_shared<Inbox>(owner)) {}
    ~OwnedInbox() { inbox_->close(); }
    OwnedInbox(const OwnedInbox&) = delete;
    OwnedInbox& operator=(const OwnedInbox&) = delete;

    [[nodiscard]] const std::shared_ptr<Inbox>& share() const { return inbox_; }

  private:
    std::shared_ptr<Inbox> inbox_;
};

} // namespace redoubt::gui
