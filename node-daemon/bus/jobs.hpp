// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "common/async/task_scope.hpp"
#include "node-daemon/bus/connection.hpp"

namespace redoubt::node::bus {

/// Work that takes time, as an object on the bus from its begin to its end.
struct Job {
    std::uint32_t id = 0;
    std::string kind;    ///< "start-container"
    std::string subject; ///< what it works on: an id, a reference
    std::string action;  ///< polkit's, for who may cancel it
    bool is_cancellable = false;
    bool is_cancelled = false;
    double progress = 0;           ///< 0 to 1
    std::string state = "running"; ///< then "done", "failed" or "cancelled"
    std::string message;           ///< why it failed
    AsyncEvent cancelled;          ///< set by Cancel()

    explicit Job(const asio::any_io_executor& executor) : cancelled(executor) {}
};

struct JobRequest {
    std::string kind;
    std::string subject;
    std::string action;
    bool is_cancellable = false;
    /// The work; the job outlives it.
    std::function<Task<void>(std::shared_ptr<Job>)> work;
};

/// The jobs at work. Objects /org/redoubt/Node1/job/N with interface org.redoubt.Node1.Job; the end of each
/// is told by the manager's signal JobRemoved. Thread: main strand. Lifetime: borrows the connection.
class Jobs {
  public:
    explicit Jobs(Connection& connection) : connection_(connection), working_(connection.executor()) {}

    /// Puts the interface on the bus.
    Status export_objects();
    /// Makes the object; the work begins after the caller's reply can have been sent. Returns its path.
    std::string begin(JobRequest request);
    /// Tells listeners, when a whole percent has been added.
    void report(Job& job, double progress);
    /// Waits until no job is at work. Those that may be cancelled are.
    asio::awaitable<void> finish();

    [[nodiscard]] std::shared_ptr<Job> find(std::string_view path) const;
    [[nodiscard]] const std::map<std::uint32_t, std::shared_ptr<Job>>& all() const { return jobs_; }
    /// Errors: failed_precondition it cannot be cancelled.
    static Status cancel(Job& job);

    // For methods, see method.hpp.
    [[nodiscard]] TaskScope& calls() { return working_; }
    [[nodiscard]] Connection& connection() { return connection_; }

  private:
    asio::awaitable<void> work(std::shared_ptr<Job> job, JobRequest request);
    void remove(const Job& job, const Status& outcome);

    Connection& connection_;
    TaskScope working_;
    std::map<std::uint32_t, std::shared_ptr<Job>> jobs_; ///< shared with the work
    std::uint32_t next_ = 1;
};

} // namespace redoubt::node::bus
