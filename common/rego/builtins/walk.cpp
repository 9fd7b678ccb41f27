// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/builtins/groups.hpp"
#include "common/rego/builtins/operand.hpp"

namespace redoubt::rego {
namespace {

using Operands = std::span<const Value>;

/// Collects [path, value] for a value and everything in it, parents first.
class Walker {
  public:
    explicit Walker(BuiltinContext& context) : context_(context) {}

    /// False: over the budget.
    bool visit(const Value& value) {
        if (!context_.work(1 + path_.size()) ||
            !context_.charge((results_.size() + path_.size() + 8) * sizeof(Value)))
            return false;
        const Value pair[] = {make_array(context_.arena(), path_), value};
        results_.push(make_array(context_.arena(), pair));
        if (value.is_object()) {
            for (const Member& member : value.members()) {
                if (!visit_child(member.key, member.value)) return false;
            }
        } else if (value.is_collection()) {
            std::int64_t index = 0;
            for (const Value& item : value.items()) {
                if (!visit_child(value.is_set() ? item : Value::integer(index++), item)) return false;
            }
        }
        return true;
    }
    [[nodiscard]] Value results() { return results_.build(context_.arena()); }

  private:
    bool visit_child(const Value& key, const Value& value) {
        path_.push_back(key);
        const bool more = visit(value);
        path_.pop_back();
        return more;
    }

    BuiltinContext& context_;
    std::vector<Value> path_;
    ArrayBuilder results_;
};

BuiltinResult walk(BuiltinContext& context, Operands operands) {
    Walker walker(context);
    if (!walker.visit(operands[0])) return memory_limit_error();
    return walker.results();
}

constexpr Builtin k_walk[] = {
    {.name = "walk", .arity = 1, .relation = true, .function = walk},
};

} // namespace

std::span<const Builtin> walk_builtins() {
    return k_walk;
}

} // namespace redoubt::rego
