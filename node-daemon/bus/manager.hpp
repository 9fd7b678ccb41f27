// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <chrono>

#include "node-daemon/bus/containers.hpp"

namespace redoubt::node::bus {

/// The object /org/redoubt/Node1 with interface org.redoubt.Node1.Manager: the node itself. Thread: main
/// strand. Lifetime: borrows all it is given.
class Manager {
  public:
    Manager(Containers& containers, std::chrono::seconds stop_timeout)
        : containers_(containers), stop_timeout_(stop_timeout) {}

    /// Puts the interface on the bus, and the list of all objects.
    Status export_object();
    /// Passes an event on as a signal, and tells what it changes here.
    void announce(const sandbox::NodeEvent& event);

    [[nodiscard]] sandbox::Node& node() { return containers_.node(); }
    [[nodiscard]] Jobs& jobs() { return containers_.jobs(); }
    [[nodiscard]] std::chrono::seconds stop_timeout() const { return stop_timeout_; }
    // For methods, see method.hpp.
    [[nodiscard]] TaskScope& calls() { return containers_.calls(); }
    [[nodiscard]] Connection& connection() { return containers_.connection(); }

  private:
    Containers& containers_;
    std::chrono::seconds stop_timeout_;
};

} // namespace redoubt::node::bus
