// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <format>

#include "common/rego/compile/passes.hpp"

namespace redoubt::rego {
namespace {

/// Tarjan's search, with its own stack: the graph may be as deep as a policy is long.
class CycleSearch {
  public:
    explicit CycleSearch(const ReferenceGraph& graph) : graph_(&graph), state_(graph.size()) {}

    /// Groups that lie on a cycle, and one way round for each.
    std::vector<std::vector<std::uint32_t>> run() {
        for (std::uint32_t group = 0; group < graph_->size(); ++group) {
            if (state_[group].number == 0) visit(group);
        }
        return std::move(cycles_);
    }

  private:
    struct State {
        std::uint32_t number = 0;
        std::uint32_t low = 0;
        bool on_stack = false;
    };
    struct Frame {
        std::uint32_t group = 0;
        std::set<std::uint32_t>::const_iterator next;
    };

    void enter(std::uint32_t group, std::vector<Frame>& frames) {
        state_[group] = {++counter_, counter_, true};
        stack_.push_back(group);
        frames.push_back({group, (*graph_)[group].begin()});
    }

    void visit(std::uint32_t root) {
        std::vector<Frame> frames;
        enter(root, frames);
        while (!frames.empty()) {
            Frame& frame = frames.back();
            const std::uint32_t group = frame.group;
            if (frame.next != (*graph_)[group].end()) {
                const std::uint32_t target = *frame.next++;
                if (state_[target].number == 0) {
                    enter(target, frames);
                } else if (state_[target].on_stack) {
                    state_[group].low = std::min(state_[group].low, state_[target].number);
                }
                continue;
            }
            frames.pop_back();
            if (!frames.empty())
                state_[frames.back().group].low =
                    std::min(state_[frames.back().group].low, state_[group].low);
            if (state_[group].low == state_[group].number) leave(group);
        }
    }

    void leave(std::uint32_t group) {
        std::vector<std::uint32_t> component;
        std::uint32_t member = 0;
        do {
            member = stack_.back();
            stack_.pop_back();
            state_[member].on_stack = false;
            component.push_back(member);
        } while (member != group);
        if (component.size() > 1 || (*graph_)[group].contains(group)) cycles_.push_back(std::move(component));
    }

    const ReferenceGraph* graph_;
    std::vector<State> state_;
    std::vector<std::uint32_t> stack_;
    std::uint32_t counter_ = 0;
    std::vector<std::vector<std::uint32_t>> cycles_;
};

/// One way from a group back to itself inside its component.
std::vector<std::uint32_t> way_round(const ReferenceGraph& graph, const std::set<std::uint32_t>& component,
                                     std::uint32_t start) {
    std::map<std::uint32_t, std::uint32_t> came_from;
    std::vector<std::uint32_t> queue = {start};
    for (std::size_t i = 0; i < queue.size(); ++i) {
        for (const std::uint32_t target : graph[queue[i]]) {
            if (!component.contains(target)) continue;
            if (target == start) {
                std::vector<std::uint32_t> way = {start};
                for (std::uint32_t at = queue[i]; at != start; at = came_from[at]) way.push_back(at);
                way.push_back(start);
                std::ranges::reverse(way);
                return way;
            }
            if (came_from.try_emplace(target, queue[i]).second) queue.push_back(target);
        }
    }
    return {start, start};
}

/// "a -> b -> a"; of a long way its beginning and its end.
std::string text_of(const Program& program, const std::vector<std::uint32_t>& way) {
    constexpr std::size_t k_shown = 10;
    std::string text;
    for (std::size_t i = 0; i < way.size(); ++i) {
        if (i == k_shown && way.size() > 2 * k_shown) {
            text += std::format(" -> ({} more)", way.size() - (2 * k_shown));
            i = way.size() - k_shown;
        }
        if (!text.empty()) text += " -> ";
        text += program.groups[way[i]].name;
    }
    return text;
}

} // namespace

void check_recursion(const Program& program, const ReferenceGraph& graph,
                     const std::vector<PlacedRule>& rules, Diagnostics& diagnostics) {
    for (const std::vector<std::uint32_t>& component : CycleSearch(graph).run()) {
        const std::set<std::uint32_t> members(component.begin(), component.end());
        for (const std::uint32_t group : component) {
            if (diagnostics.size() > k_most_diagnostics) return;
            const auto placed =
                std::ranges::find_if(rules, [&](const PlacedRule& rule) { return rule.group == group; });
            report(diagnostics, program.unit.sources, placed->rule->at, Complaint::recursion,
                   std::format("rule {} is recursive: {}", program.groups[group].name,
                               text_of(program, way_round(graph, members, group))));
        }
    }
}

} // namespace redoubt::rego
