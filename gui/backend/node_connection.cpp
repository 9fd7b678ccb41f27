// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/backend/node_connection.hpp"

#include <algorithm>

namespace redoubt::gui {
namespace {

constexpr std::chrono::milliseconds k_first_pause{500};
constexpr std::chrono::milliseconds k_longest_pause{8000};
constexpr std::chrono::milliseconds k_look_again{5000}; ///< at a node that answers
constexpr int k_most_threads = 24;                      ///< calls at a time; a stop may wait for long

} // namespace

NodeConnection::NodeConnection(QObject* parent) : QObject(parent), inbox_(this), timer_(this) {
    pool_.setMaxThreadCount(k_most_threads);
    timer_.setSingleShot(true);
    connect(&timer_, &QTimer::timeout, this, &NodeConnection::try_to_connect);
}

NodeConnection::~NodeConnection() {
    if (client_) client_->cancel_all();
    pool_.waitForDone();
}

void NodeConnection::open(const Profile& profile) {
    close();
    profile_ = profile;
    if (const auto usable = check_profile(profile); !usable) {
        problem_ = QString::fromStdString(usable.error().message);
        Q_EMIT node_changed();
        Q_EMIT state_changed();
        return;
    }
    is_wanted_ = true;
    facts_ = {};
    problem_.clear();
    Q_EMIT node_changed();
    set_state(LinkState::connecting);
    try_to_connect();
}

void NodeConnection::close() {
    timer_.stop();
    is_wanted_ = is_asking_ = false;
    ++visit_;
    pause_ = {};
    if (client_) client_->cancel_all();
    client_.reset();
    set_state(LinkState::closed);
}

void NodeConnection::retry_now() {
    try_to_connect();
}

/// Who is elsewhere is asked for its certificate, which takes a while.
void NodeConnection::reach() {
    if (const auto address = parse_address(profile_.address);
        address && std::holds_alternative<SocketAddress>(*address)) {
        take_client(NodeClient::open(profile_));
        return;
    }
    is_asking_ = true;
    pool_.start([this, inbox = inbox_.share(), visit = visit_, profile = profile_] {
        inbox->post([this, visit, client = NodeClient::open(profile)] {
            if (visit != visit_) return;
            is_asking_ = false;
            take_client(client);
        });
    });
}

void NodeConnection::take_client(Result<std::shared_ptr<NodeClient>> client) {
    if (client) {
        client_ = *std::move(client);
        try_to_connect();
        return;
    }
    const auto& error = client.error();
    if (error.code == Code::unavailable || error.code == Code::deadline_exceeded) {
        lose(QString::fromStdString(error.message));
        return;
    }
    // Another node than the one that is wanted, or no certificate of ours: time mends neither.
    is_wanted_ = false;
    problem_ = QString::fromStdString(error.message);
    set_state(LinkState::closed);
}

void NodeConnection::report(const std::shared_ptr<NodeClient>& client, const Error& error) {
    if (error.code != Code::unavailable) return;
    inbox_.share()->post([this, client, why = QString::fromStdString(error.message)] {
        if (client == client_ && state_ == LinkState::online) lose(why);
    });
}

void NodeConnection::try_to_connect() {
    if (is_asking_ || !is_wanted_) return;
    if (!client_) {
        reach();
        return;
    }
    is_asking_ = true;
    ask(
        inbox_.share(), [](NodeClient& client) { return client.facts(); },
        [this, asked = client_](Result<NodeFacts> facts) {
            if (asked != client_) return; // of a node that was left
            is_asking_ = false;
            take(std::move(facts));
        });
}

void NodeConnection::take(Result<NodeFacts> facts) {
    if (!facts) {
        lose(QString::fromStdString(facts.error().message));
        return;
    }
    facts_ = std::move(*facts);
    last_answer_ = now_ns();
    pause_ = {};
    problem_.clear();
    set_state(LinkState::online);
    Q_EMIT facts_changed();
    timer_.start(k_look_again);
}

void NodeConnection::lose(const QString& why) {
    problem_ = why;
    pause_ = pause_.count() == 0 ? k_first_pause : std::min(pause_ * 2, k_longest_pause);
    timer_.start(pause_);
    const bool was_there = state_ == LinkState::online || state_ == LinkState::stale;
    const auto next = was_there ? LinkState::stale : LinkState::connecting;
    if (state_ == next)
        Q_EMIT state_changed(); // the pause has grown
    else
        set_state(next);
}

void NodeConnection::set_state(LinkState state) {
    if (state_ == state) return;
    state_ = state;
    Q_EMIT state_changed();
}

} // namespace redoubt::gui
