// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <functional>
#include <memory>
#include <stop_token>

#include "gui/backend/profile.hpp"
#include "gui/backend/values.hpp"

namespace redoubt::gui {

/// Takes what a stream brings; false ends it.
template <class Value>
using Each = std::function<bool(Value)>;

/// What a node answers about its containers, pods and what they use, asked together.
struct NodeReading {
    std::vector<Workload> workloads; ///< pods first, then containers
    std::vector<Usage> usages;       ///< of those that run
};

/// A process in a container, with a terminal. Thread: read() from one, the others from any.
class TerminalSession {
  public:
    TerminalSession() = default;
    virtual ~TerminalSession() = default;
    TerminalSession(const TerminalSession&) = delete;
    TerminalSession& operator=(const TerminalSession&) = delete;

    /// Output, or nothing when the session has ended.
    virtual std::optional<std::string> read() = 0;
    /// False once the session has ended.
    virtual bool write(const std::string& bytes) = 0;
    virtual bool resize(std::uint32_t rows, std::uint32_t columns) = 0;
    /// How it ended: the exit code, or an error. Once read() has given nothing.
    virtual Result<int> finish() = 0;
    /// Makes read() and write() return.
    virtual void cancel() = 0;
};

/// Calls to one node; they block. Errors are the node's own; deadline_exceeded; cancelled by cancel_all().
/// Thread: any, many at once.
class NodeClient {
  public:
    /// Errors: as open_channel().
    static Result<std::shared_ptr<NodeClient>> open(const Profile& profile);
    ~NodeClient();
    NodeClient(const NodeClient&) = delete;
    NodeClient& operator=(const NodeClient&) = delete;

    /// Ends all calls, those that run and those to come.
    void cancel_all();

    Result<NodeFacts> facts();
    Result<NodeReading> read_workloads();
    Result<std::vector<ImageRow>> images();
    Result<DiskUse> disk_use();
    Result<std::vector<Check>> checks();
    Result<std::vector<std::string>> networks();
    Result<Details> details(const std::string& id, WorkloadKind kind);

    Status start(const std::string& id, WorkloadKind kind);
    Status stop(const std::string& id, WorkloadKind kind);
    Status restart(const std::string& container);
    Status pause(const std::string& container);
    Status unpause(const std::string& container);
    /// Also one that runs.
    Status remove(const std::string& id, WorkloadKind kind);
    Status remove_image(const std::string& image);

    /// The container's id. Errors: not_found the image is not there.
    Result<std::string> create(const RunRequest& request);
    Status pull(const PullRequest& request, const Each<PullProgress>& each);

    Status logs(const std::string& container, const LogOptions& options, const std::stop_token& stop,
                const Each<LogLine>& each);
    /// What happens from `since` on, until somebody stops it or the node goes.
    Status events(std::int64_t since, const std::stop_token& stop, const Each<NodeEvent>& each);
    std::unique_ptr<TerminalSession> terminal(const std::string& container,
                                              const std::vector<std::string>& command, std::uint32_t rows,
                                              std::uint32_t columns);

  private:
    struct Rpc;
    explicit NodeClient(std::unique_ptr<Rpc> rpc);
    std::unique_ptr<Rpc> rpc_;
};

} // namespace redoubt::gui
