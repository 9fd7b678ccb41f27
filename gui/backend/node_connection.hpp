// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QObject>
#include <QString>
#include <QThreadPool>
#include <QTimer>

#include "gui/backend/inbox.hpp"
#include "gui/backend/node_client.hpp"

namespace redoubt::gui {

/// closed: nobody wants a connection. connecting: there has been none yet. stale: there was one, what is
/// shown is what was known then.
enum class LinkState : std::uint8_t { closed, connecting, online, stale };

/// The connection with one node: keeps it, tries again with growing pauses, and carries calls to other
/// threads. Thread: that of the object.
class NodeConnection final : public QObject {
    Q_OBJECT
  public:
    explicit NodeConnection(QObject* parent = nullptr);
    ~NodeConnection() override;
    NodeConnection(const NodeConnection&) = delete;
    NodeConnection& operator=(const NodeConnection&) = delete;

    /// Leaves the node there was, if any. A profile that cannot be used leaves the state closed and says so.
    void open(const Profile& profile);
    void close();
    /// Tries again now instead of after the pause.
    void retry_now();

    [[nodiscard]] LinkState state() const { return state_; }
    [[nodiscard]] const Profile& profile() const { return profile_; }
    /// Why there is no connection.
    [[nodiscard]] const QString& problem() const { return problem_; }
    [[nodiscard]] const NodeFacts& facts() const { return facts_; }
    /// When the node answered last.
    [[nodiscard]] std::int64_t last_answer() const { return last_answer_; }
    /// How long until the next try.
    [[nodiscard]] std::chrono::milliseconds pause() const { return pause_; }
    /// Nothing while closed, nor before a node elsewhere has shown who it is.
    [[nodiscard]] const std::shared_ptr<NodeClient>& client() const { return client_; }

    /// Runs `work` on another thread and `then` with its result in this one, as long as `inbox` is open. Work
    /// for a node that has been left is answered as well: cancelled.
    template <class Work, class Then>
    void ask(const std::shared_ptr<Inbox>& inbox, Work work, Then then) {
        if (!client_) return;
        pool_.start(
            [this, client = client_, inbox, work = std::move(work), then = std::move(then)]() mutable {
                auto result = work(*client);
                if (!result) report(client, result.error());
                inbox->post([result = std::move(result), then = std::move(then)]() mutable {
                    then(std::move(result));
                });
            });
    }
    /// For streams, which end when the node goes: the connection looks whether it did. Thread: any.
    void report(const std::shared_ptr<NodeClient>& client, const Error& error);

  Q_SIGNALS:
    void state_changed();
    /// The node has answered; also each time it comes back.
    void facts_changed();
    /// Another node is shown from now on: what is known belongs to the one before.
    void node_changed();

  private:
    void try_to_connect();
    void reach();
    void take_client(Result<std::shared_ptr<NodeClient>> client);
    void take(Result<NodeFacts> facts);
    void lose(const QString& why);
    void set_state(LinkState state);

    QThreadPool pool_;
    OwnedInbox inbox_;
    QTimer timer_;
    LinkState state_ = LinkState::closed;
    Profile profile_;
    QString problem_;
    NodeFacts facts_;
    std::int64_t last_answer_ = 0;
    std::chrono::milliseconds pause_{0};
    bool is_wanted_ = false; ///< between open() and close()
    int visit_ = 0;          ///< counts open() and close(): what belongs to another is not taken
    bool is_asking_ = false;
    std::shared_ptr<NodeClient> client_; // shared with the calls that run
};

} // namespace redoubt::gui
