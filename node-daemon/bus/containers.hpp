// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>

#include "common/async/task_scope.hpp"
#include "node-daemon/bus/connection.hpp"
#include "node-daemon/bus/jobs.hpp"
#include "node-daemon/sandbox/use_cases.hpp"

namespace redoubt::node::bus {

/// Objects /org/redoubt/Node1/container/ID with interface org.redoubt.Node1.Container. They show the node's
/// containers as they are now; nothing is kept here. Thread: main strand. Lifetime: borrows all it is given.
class Containers {
  public:
    Containers(Connection& connection, sandbox::Node& node, Jobs& jobs, TaskScope& calls)
        : connection_(connection), node_(node), jobs_(jobs), calls_(calls) {}

    /// Puts the interface on the bus.
    Status export_objects();
    /// Tells listeners what a container's event means for its object.
    void announce(const sandbox::NodeEvent& event);

    /// The container whose object has that path. Errors: not_found.
    [[nodiscard]] Result<sandbox::ContainerSummary> find(const char* path) const;
    /// Where the container of that full id is.
    [[nodiscard]] static std::string path_of(const std::string& id);

    [[nodiscard]] sandbox::Node& node() { return node_; }
    [[nodiscard]] const sandbox::Node& node() const { return node_; }
    [[nodiscard]] Jobs& jobs() { return jobs_; }
    // For methods, see method.hpp.
    [[nodiscard]] TaskScope& calls() { return calls_; }
    [[nodiscard]] Connection& connection() { return connection_; }

  private:
    Connection& connection_;
    sandbox::Node& node_;
    Jobs& jobs_;
    TaskScope& calls_;
};

/// Appends an array of strings, or of pairs. Errors: negative errno, as sd-bus' functions.
int append_strings(sd_bus_message* message, const std::vector<std::string>& strings);
int append_map(sd_bus_message* message, const std::map<std::string, std::string>& map);

} // namespace redoubt::node::bus
