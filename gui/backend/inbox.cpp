// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/backend/inbox.hpp"

#include <QMetaObject>
#include <QObject>
#include <utility>

namespace redoubt::gui {

void Inbox::post(std::function<void()> what) {
    const std::scoped_lock lock(mutex_);
    if (owner_ != nullptr) QMetaObject::invokeMethod(owner_, std::move(what), Qt::QueuedConnection);
}

void Inbox::close() {
    const std::scoped_lock lock(mutex_);
    owner_ = nullptr;
}

} // namespace redoubt::gui
