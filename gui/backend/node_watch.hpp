// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "gui/backend/node_connection.hpp"
#include "gui/backend/usage_meter.hpp"

namespace redoubt::gui {

/// Keeps asking a node what there is, as long as it is online, and follows its events; after a pause of the
/// connection it goes on after the last event it saw. Thread: that of the object.
class NodeWatch final : public QObject {
    Q_OBJECT
  public:
    /// Lifetime: borrows the connection.
    explicit NodeWatch(NodeConnection& connection, QObject* parent = nullptr);
    ~NodeWatch() override;
    NodeWatch(const NodeWatch&) = delete;
    NodeWatch& operator=(const NodeWatch&) = delete;

    /// Asks now, not at the next tick.
    void refresh();
    void refresh_images();
    void refresh_checks();

  Q_SIGNALS:
    void workloads_read(const std::vector<redoubt::gui::Workload>& workloads);
    void usage_read(const redoubt::gui::UsageReading& reading);
    void images_read(const std::vector<redoubt::gui::ImageRow>& images);
    void disk_read(const redoubt::gui::DiskUse& use);
    void checks_read(const std::vector<redoubt::gui::Check>& checks);
    void event_seen(const redoubt::gui::NodeEvent& event);
    /// Another node: everything known is to be forgotten.
    void cleared();

  private:
    void on_state();
    void on_tick();
    void take(Result<NodeReading> reading);
    void follow_events();
    void take(const NodeEvent& event);

    NodeConnection& connection_;
    OwnedInbox inbox_;
    QTimer tick_;
    QTimer soon_;
    UsageMeter meter_;
    std::stop_source events_;
    std::int64_t last_event_ = 0;
    std::uint64_t ticks_ = 0;
    bool is_asking_ = false;
    bool is_asked_again_ = false;
    bool is_following_ = false;
};

} // namespace redoubt::gui
