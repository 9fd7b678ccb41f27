// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <map>
#include <optional>

#include "common/rego/compile/passes.hpp"
#include "common/rego/value/json.hpp"

namespace redoubt::rego {
namespace {

/// A place whose value a rule compares with a constant: below input, or below an operand of a function.
struct Place {
    std::int32_t operand = -1; ///< -1: input
    std::vector<Value> path;
};

struct Condition {
    Place place;
    Value constant;
};

/// Reads a rule's program for comparisons that must hold for it to give anything.
class ConditionReader {
  public:
    ConditionReader(const Program& program, const RuleCode& rule, std::uint32_t arity)
        : program_(&program), rule_(&rule) {
        for (std::uint32_t i = 0; i < arity; ++i)
            places_[static_cast<std::int32_t>(i)] = {static_cast<std::int32_t>(i), {}};
    }

    std::map<std::string, Condition> read() {
        const std::vector<Instruction>& code = program_->unit.code;
        for (std::size_t at = rule_->start; at < code.size();) {
            const Instruction& one = code[at];
            // Inside `with` the input is another one; behind the ends another rule starts.
            if (one.op == Op::with_begin || one.op >= Op::found) break;
            const bool is_block = one.op == Op::negate || one.op == Op::every ||
                                  one.op == Op::collect_array || one.op == Op::collect_set ||
                                  one.op == Op::collect_object;
            if (is_block) {
                at = static_cast<std::size_t>(one.c);
                continue;
            }
            follow(one);
            ++at;
        }
        return std::move(conditions_);
    }

  private:
    [[nodiscard]] std::optional<Value> constant(std::int32_t operand) const {
        if (operand >= 0) return std::nullopt;
        return program_->unit.constants[~static_cast<std::uint32_t>(operand)];
    }

    void extend(std::int32_t to, std::int32_t from, std::span<const std::int32_t> keys) {
        const auto known = places_.find(from);
        if (known == places_.end()) return;
        Place place = known->second;
        for (const std::int32_t key : keys) {
            const auto value = constant(key);
            if (!value) return;
            place.path.push_back(*value);
        }
        places_[to] = std::move(place);
    }

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wswitch-enum" // most instructions say nothing about a place
    void follow(const Instruction& one) {
        switch (one.op) {
        case Op::load_input: places_[one.a] = {}; return;
        case Op::move: return extend(one.a, one.b, {});
        case Op::dot: return extend(one.a, one.b, std::span(&one.c, 1));
        case Op::path: return extend(one.a, one.b, program_->unit.list(one.c));
        case Op::compare:
            if (one.detail != static_cast<std::uint8_t>(Comparison::equal)) return;
            note(one.b, one.c);
            return note(one.c, one.b);
        default: return;
        }
    }
#pragma GCC diagnostic pop

    void note(std::int32_t place_register, std::int32_t constant_operand) {
        const auto value = constant(constant_operand);
        const auto known = places_.find(place_register);
        if (!value || known == places_.end()) return;
        std::string name = std::to_string(known->second.operand);
        for (const Value& step : known->second.path) name += '/' + render_json(step);
        conditions_.try_emplace(std::move(name), Condition{known->second, *value});
    }

    const Program* program_;
    const RuleCode* rule_;
    std::map<std::int32_t, Place> places_;
    std::map<std::string, Condition> conditions_;
};

/// Rules by the constant they ask for; those that ask for none go with every constant.
std::unique_ptr<RuleIndex> make_index(Program& program, const RuleGroup& group, const std::string& name,
                                      const std::vector<std::map<std::string, Condition>>& conditions) {
    auto index = std::make_unique<RuleIndex>();
    std::map<Value, std::vector<std::uint32_t>, bool (*)(const Value&, const Value&)> chosen(
        [](const Value& a, const Value& b) { return compare(a, b) < 0; });
    for (const auto& of_rule : conditions) {
        if (const auto found = of_rule.find(name); found != of_rule.end()) {
            chosen[found->second.constant];
            index->path = found->second.place.path;
            index->operand = found->second.place.operand;
        }
    }
    for (std::size_t i = 0; i < group.rules.size(); ++i) {
        const auto found = conditions[i].find(name);
        if (found == conditions[i].end()) index->others.push_back(group.rules[i]);
        for (auto& [constant, rules] : chosen) {
            if (found == conditions[i].end() || found->second.constant == constant)
                rules.push_back(group.rules[i]);
        }
    }
    std::vector<Member> members;
    for (auto& [constant, rules] : chosen) {
        members.push_back({constant, Value::integer(static_cast<std::int64_t>(index->chosen.size()))});
        index->chosen.push_back(std::move(rules));
    }
    index->by_value = make_sorted_object(program.unit.arena, members);
    return index;
}

void build_index(Program& program, RuleGroup& group) {
    constexpr std::size_t k_most_rules = 4096;
    if (group.rules.size() < 2 || group.rules.size() > k_most_rules) return;
    std::vector<std::map<std::string, Condition>> conditions;
    std::map<std::string, std::size_t> counts;
    for (const std::uint32_t rule : group.rules) {
        // A chain's later branches have conditions of their own.
        const bool alone = program.rules[rule].otherwise < 0;
        const std::uint32_t arity = group.kind == GroupKind::function ? group.arity : 0;
        conditions.push_back(alone ? ConditionReader(program, program.rules[rule], arity).read()
                                   : std::map<std::string, Condition>());
        for (const auto& [name, condition] : conditions.back()) ++counts[name];
    }
    const std::string* best = nullptr;
    std::size_t most = 1;
    for (const auto& [name, count] : counts) {
        if (count <= most) continue;
        most = count;
        best = &name;
    }
    if (best != nullptr) group.index = make_index(program, group, *best, conditions);
}

} // namespace

void build_indexes(Program& program) {
    for (RuleGroup& group : program.groups) build_index(program, group);
}

} // namespace redoubt::rego
