// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/models/session.hpp"

namespace redoubt::gui {

void UsageHistory::add(const UsageReading& reading) {
    const auto time = reading.time;
    cpu_percent.add(time, reading.cpu_percent);
    memory_bytes.add(time, reading.memory_bytes);
    vms.add(time, static_cast<double>(reading.vms));
    containers.add(time, static_cast<double>(reading.running));
    received_rate.add(time, reading.received_rate);
    sent_rate.add(time, reading.sent_rate);
    read_rate.add(time, reading.read_rate);
    written_rate.add(time, reading.written_rate);
}

Session::Session(QObject* parent) : QObject(parent) {
    connect(&watch, &NodeWatch::workloads_read, this, [this](const std::vector<Workload>& rows) {
        workloads.apply(rows);
        Q_EMIT rules_changed();
    });
    connect(&watch, &NodeWatch::images_read, this,
            [this](const std::vector<ImageRow>& rows) { images.apply(rows); });
    connect(&watch, &NodeWatch::event_seen, this, [this](const NodeEvent& event) { events.add(event); });
    connect(&watch, &NodeWatch::usage_read, this, [this](const UsageReading& reading) {
        usage.add(reading);
        Q_EMIT figures_changed();
    });
    connect(&watch, &NodeWatch::disk_read, this, [this](const DiskUse& use) {
        disk = use;
        Q_EMIT figures_changed();
    });
    connect(&watch, &NodeWatch::checks_read, this, [this](const std::vector<Check>& read) {
        checks = read;
        Q_EMIT figures_changed();
    });
    connect(&watch, &NodeWatch::cleared, this, [this] {
        workloads.clear();
        images.clear();
        events.clear();
        usage = {};
        disk = {};
        checks.clear();
        Q_EMIT figures_changed();
        Q_EMIT rules_changed();
    });
    connect(&connection, &NodeConnection::state_changed, this, &Session::rules_changed);
    connect(&connection, &NodeConnection::facts_changed, this, &Session::figures_changed);
    connect(&jobs, &JobList::changed, this,
            [this] { job_rows.apply({jobs.jobs().begin(), jobs.jobs().end()}); });
    // What was asked for is shown at once, not at the next look.
    connect(&jobs, &JobList::finished, this, [this] {
        watch.refresh();
        watch.refresh_images();
    });
}

} // namespace redoubt::gui
