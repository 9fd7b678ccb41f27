// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/backend/node_watch.hpp"

namespace redoubt::gui {
namespace {

constexpr std::chrono::milliseconds k_tick{2000};
constexpr std::chrono::milliseconds k_soon{80}; ///< events come in groups: one reading for all
constexpr std::uint64_t k_slow = 8;             ///< ticks from one look at images and disk to the next
constexpr std::int64_t k_history_ns = 24LL * 3600 * 1'000'000'000;

} // namespace

NodeWatch::NodeWatch(NodeConnection& connection, QObject* parent)
    : QObject(parent), connection_(connection), inbox_(this), tick_(this), soon_(this) {
    tick_.setInterval(k_tick);
    soon_.setInterval(k_soon);
    soon_.setSingleShot(true);
    connect(&tick_, &QTimer::timeout, this, &NodeWatch::on_tick);
    connect(&soon_, &QTimer::timeout, this, &NodeWatch::refresh);
    connect(&connection_, &NodeConnection::state_changed, this, &NodeWatch::on_state);
    connect(&connection_, &NodeConnection::node_changed, this, [this] {
        events_.request_stop();
        is_following_ = is_asking_ = is_asked_again_ = false;
        last_event_ = 0;
        meter_.forget();
        Q_EMIT cleared();
    });
}

NodeWatch::~NodeWatch() {
    events_.request_stop();
}

void NodeWatch::on_state() {
    if (connection_.state() != LinkState::online) {
        tick_.stop();
        return;
    }
    if (tick_.isActive()) return;
    ticks_ = 0;
    is_asking_ = false;
    meter_.forget();
    tick_.start();
    on_tick();
    refresh_checks();
    follow_events();
}

void NodeWatch::on_tick() {
    refresh();
    if (ticks_++ % k_slow == 0) {
        refresh_images();
        connection_.ask(
            inbox_.share(), [](NodeClient& client) { return client.disk_use(); },
            [this](const Result<DiskUse>& use) {
                if (use) Q_EMIT disk_read(*use);
            });
    }
    if (!is_following_) follow_events();
}

void NodeWatch::refresh() {
    if (connection_.state() != LinkState::online) return;
    if (is_asking_) {
        is_asked_again_ = true;
        return;
    }
    is_asking_ = true;
    connection_.ask(
        inbox_.share(), [](NodeClient& client) { return client.read_workloads(); },
        [this, asked = connection_.client()](Result<NodeReading> reading) {
            if (asked == connection_.client()) take(std::move(reading));
        });
}

void NodeWatch::take(Result<NodeReading> reading) {
    is_asking_ = false;
    if (reading) {
        auto usage = meter_.add(reading->usages, reading->workloads);
        usage.time = now_ns();
        Q_EMIT workloads_read(reading->workloads);
        Q_EMIT usage_read(usage);
    }
    if (std::exchange(is_asked_again_, false)) soon_.start();
}

void NodeWatch::refresh_images() {
    connection_.ask(
        inbox_.share(), [](NodeClient& client) { return client.images(); },
        [this, asked = connection_.client()](const Result<std::vector<ImageRow>>& images) {
            if (images && asked == connection_.client()) Q_EMIT images_read(*images);
        });
}

void NodeWatch::refresh_checks() {
    connection_.ask(
        inbox_.share(), [](NodeClient& client) { return client.checks(); },
        [this, asked = connection_.client()](const Result<std::vector<Check>>& checks) {
            if (checks && asked == connection_.client()) Q_EMIT checks_read(*checks);
        });
}

void NodeWatch::follow_events() {
    if (is_following_) return;
    is_following_ = true;
    events_ = std::stop_source();
    const auto since = last_event_ == 0 ? now_ns() - k_history_ns : last_event_ + 1;
    connection_.ask(
        inbox_.share(),
        [this, since, stop = events_.get_token(), inbox = inbox_.share()](NodeClient& client) {
            return client.events(since, stop, [this, stop, inbox](NodeEvent event) {
                inbox->post([this, stop, event = std::move(event)] {
                    if (!stop.stop_requested()) take(event);
                });
                return true;
            });
        },
        [this, stop = events_.get_token()](const Status&) {
            if (!stop.stop_requested()) is_following_ = false; // the next tick begins again
        });
}

void NodeWatch::take(const NodeEvent& event) {
    last_event_ = std::max(last_event_, event.time);
    Q_EMIT event_seen(event);
    if (event.type == "image")
        refresh_images();
    else
        soon_.start();
}

} // namespace redoubt::gui
