// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "gui/backend/node_actions.hpp"
#include "gui/backend/node_watch.hpp"
#include "gui/models/event_model.hpp"
#include "gui/models/image_model.hpp"
#include "gui/models/job_model.hpp"
#include "gui/models/time_series.hpp"
#include "gui/models/workload_model.hpp"

namespace redoubt::gui {

/// What a node used over the last hour, as far as this console was there.
struct UsageHistory {
    TimeSeries cpu_percent;
    TimeSeries memory_bytes;
    TimeSeries vms;
    TimeSeries containers;
    TimeSeries received_rate;
    TimeSeries sent_rate;
    TimeSeries read_rate;
    TimeSeries written_rate;

    void add(const UsageReading& reading);
};

/// One node and all that is known of it: what the pages show and act on. Thread: the UI's.
class Session final : public QObject {
    Q_OBJECT
  public:
    explicit Session(QObject* parent = nullptr);

    // In this order: the later ones borrow from the earlier ones.
    NodeConnection connection;
    NodeWatch watch{connection};
    JobList jobs;
    NodeActions actions{connection, jobs};
    WorkloadModel workloads;
    ImageModel images;
    EventModel events;
    JobModel job_rows;
    UsageHistory usage;
    DiskUse disk;
    std::vector<Check> checks;

  Q_SIGNALS:
    /// Usage, disk or checks have changed.
    void figures_changed();
    /// What can be done may have changed: the link, or workloads.
    void rules_changed();
};

} // namespace redoubt::gui
