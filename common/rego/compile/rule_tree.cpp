// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/compile/rule_tree.hpp"

#include <algorithm>
#include <format>

#include "common/rego/value/json.hpp"

namespace redoubt::rego {

bool is_path_step(const Term& term) {
    return term.kind == TermKind::string || term.kind == TermKind::number || term.kind == TermKind::boolean ||
           term.kind == TermKind::null;
}

Value value_of_scalar(Arena& arena, const Term& term) {
    if (term.kind == TermKind::string) return make_string(arena, term.text);
    if (term.kind == TermKind::boolean) return Value::boolean(term.text == "true");
    if (term.kind == TermKind::null) return Value::null();
    const auto number = parse_number(arena, term.text);
    return number ? Value::number(*number) : Value();
}

std::string render_path(const std::vector<Value>& path) {
    std::string text = "data";
    for (const Value& step : path) {
        const bool name =
            step.is_string() && !step.as_string().empty() &&
            std::ranges::all_of(step.as_string(), [](char c) {
                return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
            });
        if (name) {
            text += '.';
            text += step.as_string();
        } else {
            text += '[' + render_rego(step) + ']';
        }
    }
    return text;
}

void RuleTree::complain(Location at, Complaint code, std::string message) {
    report(*diagnostics_, program_->unit.sources, at, code, std::move(message));
}

std::uint32_t RuleTree::descend(std::uint32_t node, const Value& key) {
    const auto found = building_[node].children.find(key);
    if (found != building_[node].children.end()) return found->second;
    const auto made = static_cast<std::uint32_t>(program_->nodes.size());
    DocumentNode& child = program_->nodes.emplace_back();
    child.key = key;
    child.parent = static_cast<std::int32_t>(node);
    building_.emplace_back();
    building_[node].children.emplace(key, made);
    return made;
}

std::vector<Value> RuleTree::path_of(std::uint32_t node) const {
    std::vector<Value> path;
    while (node != 0) {
        path.push_back(program_->nodes[node].key);
        node = static_cast<std::uint32_t>(program_->nodes[node].parent);
    }
    std::ranges::reverse(path);
    return path;
}

std::vector<PlacedRule> RuleTree::build(std::vector<Module>& modules) {
    program_->nodes.emplace_back();
    building_.emplace_back();
    std::vector<PlacedRule> placed;
    for (Module& module : modules) {
        std::uint32_t node = 0;
        for (const std::string& part : module.package)
            node = descend(node, make_string(program_->unit.arena, part));
        building_[node].has_package = true;
        for (Rule& rule : module.rules) {
            placed.push_back({.rule = &rule, .module = &module});
            place(placed.back());
        }
    }
    for (const Module& module : modules) check(module);
    finish(0);
    return placed;
}

void RuleTree::place(PlacedRule& placed) {
    Arena& arena = program_->unit.arena;
    Rule& rule = *placed.rule;
    std::uint32_t node = 0;
    for (const std::string& part : placed.module->package) node = descend(node, make_string(arena, part));
    const std::vector<Term>& ref = rule.head.ref;
    node = descend(node, make_string(arena, ref.front().text));
    std::size_t taken = 1;
    while (taken < ref.size() && is_path_step(ref[taken]))
        node = descend(node, value_of_scalar(arena, ref[taken++]));
    placed.path_size = taken;
    GroupKind kind = GroupKind::complete;
    if (rule.head.has_args) {
        kind = GroupKind::function;
        if (taken != ref.size())
            return complain(rule.at, Complaint::compile, "a function's name cannot contain variables");
    } else if (taken != ref.size()) {
        kind = GroupKind::partial_object;
    } else if (rule.head.element) {
        kind = GroupKind::partial_set;
    }
    const std::int32_t group = group_for(node, placed, kind);
    if (group >= 0) placed.group = static_cast<std::uint32_t>(group);
}

std::int32_t RuleTree::group_for(std::uint32_t node, const PlacedRule& placed, GroupKind kind) {
    DocumentNode& place = program_->nodes[node];
    const Rule& rule = *placed.rule;
    if (!building_[node].has_rule) {
        building_[node].has_rule = true;
        building_[node].first_at = rule.at;
        const auto made = static_cast<std::int32_t>(program_->groups.size());
        RuleGroup& group = program_->groups.emplace_back();
        group.kind = kind;
        group.arity = static_cast<std::uint32_t>(rule.head.args.size());
        group.name = render_path(path_of(node));
        group.is_callable = rule.head.is_callable;
        (kind == GroupKind::function ? place.function : place.group) = made;
        return made;
    }
    const std::int32_t known = std::max(place.group, place.function);
    const RuleGroup& group = program_->groups[static_cast<std::size_t>(known)];
    if (group.kind == kind && group.arity == rule.head.args.size()) return known;
    complain(rule.at, Complaint::type, std::format("conflicting rules {} found", group.name));
    return known;
}

void RuleTree::check(const Module& module) {
    Arena& arena = program_->unit.arena;
    std::uint32_t node = 0;
    for (const std::string& part : module.package) {
        node = descend(node, make_string(arena, part));
        if (!building_[node].has_rule) continue;
        const RuleGroup& group = program_->groups[static_cast<std::size_t>(
            std::max(program_->nodes[node].group, program_->nodes[node].function))];
        complain(module.package_at, Complaint::type,
                 std::format("package {} conflicts with rule {}", render_path(path_of(node)), group.name));
        return;
    }
}

void RuleTree::finish(std::uint32_t node) {
    std::vector<Member> children;
    for (const auto& [key, child] : building_[node].children) {
        finish(child);
        children.push_back({key, Value::integer(child)});
        program_->nodes[node].child_nodes.push_back(child);
        // What lies above a function is a document, if an empty one.
        const DocumentNode& below = program_->nodes[child];
        if (below.has_documents || below.function >= 0) program_->nodes[node].has_documents = true;
    }
    DocumentNode& place = program_->nodes[node];
    // A package is a document even when it has no rules.
    if (place.group >= 0 || building_[node].has_package) place.has_documents = true;
    if (children.empty()) return;
    place.children = make_sorted_object(program_->unit.arena, children);
    const std::int32_t own = std::max(place.group, place.function);
    if (own < 0) return;
    const RuleGroup& group = program_->groups[static_cast<std::size_t>(own)];
    if (group.kind == GroupKind::partial_object || building_[node].has_package) return;
    const std::uint32_t child = place.child_nodes.front();
    complain(building_[node].first_at, Complaint::type,
             std::format("rule {} conflicts with [{}]", group.name, render_path(path_of(child))));
}

} // namespace redoubt::rego
