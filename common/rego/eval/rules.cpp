// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <map>
#include <memory>

#include "common/rego/eval/evaluator.hpp"

namespace redoubt::rego {
namespace {

constexpr std::size_t k_max_memo = 1U << 16U;

bool comes_before(const Value& a, const Value& b) {
    return compare(a, b) < 0;
}

} // namespace

/// A partial object being put together from paths of keys.
struct Evaluator::Nested {
    std::map<Value, std::unique_ptr<Nested>, decltype(&comes_before)> children{&comes_before};
    Value leaf;
    std::vector<Value> elements;
    bool is_set = false;
};

bool Evaluator::insert_nested(Nested& tree, std::span<const Value> path, const Value& value, bool element) {
    Nested* at = &tree;
    for (const Value& key : path) {
        if (at->is_set) return fail(EvalCode::conflict, "object keys must be unique");
        // What one rule gives whole, another cannot add to.
        if (at->leaf.is_defined()) return fail(EvalCode::conflict, "object keys must be unique");
        auto& child = at->children[key];
        if (!child) {
            if (!arena_.charge(sizeof(Nested))) return fail(EvalCode::limit, "too much memory");
            child = std::make_unique<Nested>();
        }
        at = child.get();
    }
    if (element) {
        if (at->leaf.is_defined() || !at->children.empty())
            return fail(EvalCode::conflict, "object keys must be unique");
        at->is_set = true;
        at->elements.push_back(value);
        return true;
    }
    if (at->is_set || !at->children.empty()) {
        if (value == build_nested(*at)) return true;
        return fail(EvalCode::conflict, "object keys must be unique");
    }
    if (at->leaf.is_defined() && !(at->leaf == value))
        return fail(EvalCode::conflict, "object keys must be unique");
    at->leaf = value;
    return true;
}

Value Evaluator::build_nested(const Nested& tree) {
    if (tree.leaf.is_defined()) return tree.leaf;
    if (tree.is_set) {
        std::vector<Value> elements = tree.elements;
        return make_set(arena_, elements);
    }
    std::vector<Member> members;
    members.reserve(tree.children.size());
    for (const auto& [key, child] : tree.children) members.push_back({key, build_nested(*child)});
    return make_sorted_object(arena_, members);
}

/// A partial object and rules with fixed names below it make one document. With keys: as much of it as lies
/// on the way along them.
Value Evaluator::nested_document(std::int32_t node, std::span<const Value> keys) {
    Nested tree;
    if (!fill_nested(tree, node, keys)) return {};
    Value value = build_nested(tree);
    for (const Value& key : keys) value = value.at(key);
    return value;
}

bool Evaluator::fill_nested(Nested& tree, std::int32_t node, std::span<const Value> keys) {
    const DocumentNode& here = program_->nodes[static_cast<std::size_t>(node)];
    if (here.group >= 0) {
        const RuleGroup& group = program_->groups[static_cast<std::size_t>(here.group)];
        if (group.kind == GroupKind::partial_object) {
            Nested* outer = nested_;
            nested_ = &tree;
            const bool done = evaluate_all(group);
            nested_ = outer;
            if (!done) return false;
        } else {
            const Value value = group_value(here.group);
            if (error_) return false;
            if (value.is_undefined()) return true;
            const bool is_set = group.kind == GroupKind::partial_set;
            if (!is_set) return insert_nested(tree, {}, value, /*element=*/false);
            return std::ranges::all_of(value.items(), [&](const Value& item) {
                return insert_nested(tree, {}, item, /*element=*/true);
            });
        }
    }
    for (const std::uint32_t child : here.child_nodes) {
        const DocumentNode& below_here = program_->nodes[child];
        if (!below_here.has_documents || (!keys.empty() && !(keys.front() == below_here.key))) continue;
        if (tree.leaf.is_defined() || tree.is_set)
            return fail(EvalCode::conflict, "object keys must be unique");
        auto& place = tree.children[below_here.key];
        if (!place) place = std::make_unique<Nested>();
        if (!fill_nested(*place, static_cast<std::int32_t>(child), keys.empty() ? keys : keys.subspan(1)))
            return false;
        const bool is_group = below_here.group >= 0;
        if (is_group && place->leaf.is_undefined() && !place->is_set && place->children.empty())
            tree.children.erase(below_here.key);
    }
    return true;
}

Value Evaluator::group_value(std::int32_t group) {
    const RuleGroup& which = program_->groups[static_cast<std::size_t>(group)];
    if (which.constant.is_defined()) return which.constant;
    const auto at = static_cast<std::size_t>(group);
    if (scratch_->groups[at].generation == generation_) return scratch_->groups[at].value;
    const Value value = new_group_value(which);
    if (!error_) scratch_->groups[at] = {generation_, value};
    return value;
}

Value Evaluator::new_group_value(const RuleGroup& group) {
    switch (group.kind) {
    case GroupKind::complete: return single_value(group, {});
    case GroupKind::partial_set: return partial_set(group);
    case GroupKind::partial_object: return partial_object(group);
    case GroupKind::function: break;
    }
    return {};
}

std::span<const std::uint32_t> Evaluator::candidates(const RuleGroup& group,
                                                     std::span<const Value> operands) const {
    if (group.index == nullptr || settings_->explain || !settings_->use_index) return group.rules;
    const RuleIndex& index = *group.index;
    Value found = index.operand < 0 ? input_ : operands[static_cast<std::size_t>(index.operand)];
    for (const Value& key : index.path) {
        if (found.is_undefined()) return index.others;
        found = found.at(key);
    }
    if (found.is_undefined()) return index.others;
    const Value position = index.by_value.at(found);
    return position.is_defined() ? index.chosen[static_cast<std::size_t>(position.small_integer())]
                                 : index.others;
}

Value Evaluator::single_value(const RuleGroup& group, std::span<const Value> operands) {
    Value result;
    for (const std::uint32_t rule : candidates(group, operands)) {
        const Value value = evaluate_chain(static_cast<std::int32_t>(rule), group, operands);
        if (error_) return {};
        if (value.is_undefined()) continue;
        if (result.is_undefined()) {
            result = value;
            if (group.first_solution_decides) return result;
        } else if (!(result == value)) {
            at_ = program_->rules[rule].at;
            at_unit_ = &program_->unit;
            (void)fail(EvalCode::conflict, group.kind == GroupKind::function
                                               ? "functions must not produce multiple outputs for same inputs"
                                               : "complete rules must not produce multiple outputs");
            return {};
        }
    }
    if (result.is_undefined() && group.fallback >= 0) return evaluate_chain(group.fallback, group, operands);
    return result;
}

bool Evaluator::evaluate_all(const RuleGroup& group) {
    for (const std::uint32_t rule : candidates(group, {})) {
        (void)evaluate_one(program_->rules[rule], group, {});
        if (error_) return false;
    }
    return true;
}

Value Evaluator::partial_set(const RuleGroup& group) {
    std::vector<Value>& values = scratch_->values;
    const std::size_t base = values.size();
    if (!evaluate_all(group)) return {};
    const Value made = make_set(arena_, std::span(values).subspan(base));
    values.resize(base);
    return made;
}

Value Evaluator::partial_object(const RuleGroup& group) {
    Nested tree;
    Nested* outer = nested_;
    nested_ = group.nested ? &tree : nullptr;
    std::vector<Value>& values = scratch_->values;
    const std::size_t base = values.size();
    const bool done = evaluate_all(group);
    nested_ = outer;
    if (!done) return {};
    if (group.nested) return build_nested(tree);
    ObjectBuilder members;
    for (std::size_t i = base; i + 1 < values.size(); i += 2) members.insert(values[i], values[i + 1]);
    values.resize(base);
    if (members.has_conflict()) {
        at_ = program_->rules[group.rules.front()].at;
        at_unit_ = &program_->unit;
        (void)fail(EvalCode::conflict, "object keys must be unique");
        return {};
    }
    return members.build(arena_);
}

/// The place for a call's result: found (operands set), free (operands null), or none when the table is full.
Scratch::Memo* Evaluator::find_memo(std::int32_t function, std::span<const Value> operands,
                                    std::uint32_t hash) {
    std::vector<Scratch::Memo>& table = scratch_->memo;
    if (memo_used_ * 2 > table.size() && table.size() < k_max_memo) {
        std::vector<Scratch::Memo> old(table.size() * 2);
        old.swap(table);
        memo_used_ = 0;
        for (const Scratch::Memo& one : old) {
            if (one.generation < first_generation_ || one.operands == nullptr) continue;
            std::size_t at = one.hash & (table.size() - 1);
            while (table[at].operands != nullptr) at = (at + 1) & (table.size() - 1);
            table[at] = one;
            ++memo_used_;
        }
    }
    const bool full = memo_used_ * 2 > table.size();
    std::size_t at = hash & (table.size() - 1);
    for (std::size_t probe = 0; probe < 16; ++probe, at = (at + 1) & (table.size() - 1)) {
        Scratch::Memo& one = table[at];
        if (one.generation < first_generation_) {
            one = {};
            return full ? nullptr : &one;
        }
        if (one.operands == nullptr) return full ? nullptr : &one;
        const bool current =
            one.generation == generation_ || (function < 0 && one.generation == first_generation_);
        if (one.hash == hash && one.function == function && current &&
            std::equal(operands.begin(), operands.end(), one.operands)) {
            return &one;
        }
    }
    return nullptr;
}

Value Evaluator::function_value(std::int32_t group, std::span<const Value> operands) {
    const RuleGroup& which = program_->groups[static_cast<std::size_t>(group)];
    std::uint32_t hash =
        static_cast<std::uint32_t>(group) * 0x9E3779B1U ^ static_cast<std::uint32_t>(generation_);
    for (const Value& operand : operands) hash = ((hash ^ operand.hash()) * 0x9E3779B1U) ^ (hash >> 15U);
    Scratch::Memo* memo = find_memo(group, operands, hash);
    if (memo != nullptr && memo->operands != nullptr) return memo->result;
    // The operands' place may move while the function runs.
    Value* kept = arena_.allocate_array<Value>(operands.size() + 1);
    std::ranges::uninitialized_copy(operands, std::span(kept, operands.size()));
    const Value result = single_value(which, {kept, operands.size()});
    if (error_) return {};
    memo = find_memo(group, operands, hash);
    if (memo != nullptr && memo->operands == nullptr) {
        *memo = {generation_, hash, group, kept, result};
        ++memo_used_;
    }
    return result;
}

Value Evaluator::evaluate_chain(std::int32_t rule, const RuleGroup& group, std::span<const Value> operands) {
    while (rule >= 0) {
        const RuleCode& code = program_->rules[static_cast<std::size_t>(rule)];
        const Value value = evaluate_one(code, group, operands);
        if (value.is_defined() || error_) return value;
        rule = code.otherwise;
    }
    return {};
}

Value Evaluator::evaluate_one(const RuleCode& rule, const RuleGroup& group, std::span<const Value> operands) {
    if (rule.unconditional && rule.constant_result && operands.empty()) return rule.constant;
    if (depth_ >= settings_->limits.max_depth) {
        (void)fail(EvalCode::limit, "nested too deeply");
        return {};
    }
    ++depth_;
    Frame frame;
    frame.unit = &program_->unit;
    frame.group = &group;
    frame.rule = &rule;
    frame.furthest = rule.start;
    const std::size_t block = block_;
    const std::size_t used = block_used_;
    frame.registers = push_registers(rule.registers);
    std::ranges::copy(operands, frame.registers);
    const Flow flow = run(frame, rule.start);
    block_ = block;
    block_used_ = used;
    --depth_;
    if (flow == Flow::error) return {};
    if (settings_->explain && frame.result.is_undefined()) explain(frame);
    return frame.result;
}

void Evaluator::explain(const Frame& frame) {
    constexpr std::size_t k_most = 1000;
    if (refusals.size() >= k_most) return;
    refusals.push_back({frame.group->name, frame.rule->at, frame.unit->locations[frame.furthest],
                        static_cast<std::uint32_t>(depth_)});
}

} // namespace redoubt::rego
