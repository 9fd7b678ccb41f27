// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "gui/backend/job_list.hpp"
#include "gui/backend/node_connection.hpp"

namespace redoubt::gui {

/// What people do to a node: each is a job in the list. Thread: that of the object.
class NodeActions final : public QObject {
    Q_OBJECT
  public:
    /// Lifetime: borrows both.
    NodeActions(NodeConnection& connection, JobList& jobs, QObject* parent = nullptr);

    void start(const Workload& workload);
    void stop(const Workload& workload);
    void restart(const Workload& workload);
    void pause(const Workload& workload);
    void unpause(const Workload& workload);
    void remove(const Workload& workload);
    void pull(const PullRequest& request);
    void remove_image(const ImageRow& image);
    /// Pulls the image if the node has none, makes the container and starts it.
    void run(const RunRequest& request);

  private:
    using Tell = std::function<void(double done, std::string detail)>;
    /// `work` runs on another thread and may tell how far it is.
    void perform(std::string title, std::function<Status(NodeClient&, const Tell&)> work);
    void perform(std::string title, std::function<Status(NodeClient&)> work);

    NodeConnection& connection_;
    JobList& jobs_;
    OwnedInbox inbox_;
};

} // namespace redoubt::gui
