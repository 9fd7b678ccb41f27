// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>

#include "common/rego/builtins/groups.hpp"
#include "common/rego/builtins/operand.hpp"

// graph.reachable and graph.reachable_paths: a graph is an object from nodes to arrays or sets of nodes.

namespace redoubt::rego {
namespace {

using Operands = std::span<const Value>;

/// Values that are neither array nor set have no edges.
std::span<const Value> edges_of(const Value& value) {
    return value.is_array() || value.is_set() ? value.items() : std::span<const Value>();
}

BuiltinResult reachable(BuiltinContext& context, Operands operands) {
    const Value& graph = operands[0];
    std::vector<Value> queue(operands[1].items().begin(), operands[1].items().end());
    // Which of the graph's members were reached, by their place.
    std::vector<bool> seen(graph.size(), false);
    std::vector<Value> reached;
    const auto place_of = [&](const Value& node) {
        const auto members = graph.members();
        const auto found = std::ranges::lower_bound(
            members, node, [](const Value& a, const Value& b) { return compare(a, b) < 0; }, &Member::key);
        return found != members.end() && found->key == node
                   ? static_cast<std::size_t>(found - members.begin())
                   : members.size();
    };
    for (std::size_t next = 0; next < queue.size(); ++next) {
        if (!context.work(1)) return step_limit_error();
        const std::size_t place = place_of(queue[next]);
        if (place == graph.size() || seen[place]) continue;
        seen[place] = true;
        reached.push_back(graph.members()[place].key);
        const std::span<const Value> edges = edges_of(graph.members()[place].value);
        if (!context.charge((queue.size() + edges.size()) * sizeof(Value))) return memory_limit_error();
        queue.insert(queue.end(), edges.begin(), edges.end());
    }
    return make_set(context.arena(), reached);
}

/// Follows every path until it meets itself, ends, or leaves the graph. A starting node that is its own
/// neighbour is met twice, as in OPA.
class PathFinder {
  public:
    PathFinder(BuiltinContext& context, const Value& graph) : context_(context), graph_(graph) {}

    /// False: over a limit.
    bool start(const Value& node) {
        const Value edges = graph_.at(node);
        if (edges.is_undefined()) return true;
        path_ = {node};
        if (edges_of(edges).empty()) return commit();
        return std::ranges::all_of(edges_of(edges), [&](const Value& next) { return follow(next); });
    }
    [[nodiscard]] Value found() { return found_.build(context_.arena()); }

  private:
    bool commit() {
        if (!context_.charge((path_.size() + found_.size() + 2) * sizeof(Value))) return false;
        found_.insert(make_array(context_.arena(), path_));
        return true;
    }

    bool follow(const Value& node) {
        if (!context_.work(1 + path_.size())) return false;
        const Value edges = graph_.at(node);
        if (edges.is_undefined()) return commit();
        path_.push_back(node);
        bool more = edges_of(edges).empty() ? commit() : true;
        for (const Value& next : edges_of(edges)) {
            if (!more) break;
            more = std::ranges::find(path_, next) != path_.end() ? commit() : follow(next);
        }
        path_.pop_back();
        return more;
    }

    BuiltinContext& context_;
    const Value& graph_;
    std::vector<Value> path_;
    SetBuilder found_;
};

BuiltinResult reachable_paths(BuiltinContext& context, Operands operands) {
    PathFinder finder(context, operands[0]);
    for (const Value& node : operands[1].items()) {
        if (!finder.start(node)) return memory_limit_error();
    }
    return finder.found();
}

constexpr Operand k_graph = one_of(Kind::object);
constexpr Operand k_nodes = named("{array, set}", Kind::array, Kind::set);

constexpr Builtin k_graph_builtins[] = {
    {.name = "graph.reachable", .operands = {k_graph, k_nodes}, .arity = 2, .function = reachable},
    {.name = "graph.reachable_paths",
     .operands = {k_graph, k_nodes},
     .arity = 2,
     .function = reachable_paths},
};

} // namespace

std::span<const Builtin> graph_builtins() {
    return k_graph_builtins;
}

} // namespace redoubt::rego
