// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "tests/support/rego/oracle.hpp"

#include <algorithm>

namespace redoubt::rego::testing {
namespace {

constexpr int k_max_steps = 200'000;
constexpr int k_max_depth = 60;

/// `value` with what lies at `path` replaced; places that are no objects become objects.
Value replaced(Arena& arena, const Value& value, std::span<const Term> path, const Value& with) {
    if (path.empty()) return with;
    const Value key = make_string(arena, path.front().text);
    ObjectBuilder object;
    Value inner;
    if (value.is_object()) {
        for (const Member& member : value.members()) object.insert(member.key, member.value);
        inner = value.at(key);
    }
    object.insert(key, replaced(arena, inner, path.subspan(1), with));
    return object.build(arena);
}

void agree(Value& result, const Value& value) {
    if (result.is_defined() && result != value) throw NoAnswer{"conflict"};
    result = value;
}

} // namespace

Oracle::Oracle(const Module& module, const BuiltinRegistry& builtins, Arena& arena, Value data, Value input)
    : module_(&module), builtins_(&builtins), arena_(&arena), data_(data), input_(input) {
    for (const Rule& rule : module.rules) rules_[rule.head.ref.front().text].push_back(&rule);
}

void Oracle::work() {
    if (++steps_ > k_max_steps) throw NoAnswer{"too long"};
}

Value Oracle::package() {
    ObjectBuilder documents;
    for (const auto& [rule, definitions] : rules_) {
        if (definitions.front()->head.has_args) continue;
        const Value value = document(rule);
        if (value.is_defined()) documents.insert(make_string(*arena_, rule), value);
    }
    return documents.build(*arena_);
}

Value Oracle::document(const std::string& name) {
    if (++depth_ > k_max_depth) throw NoAnswer{"too deep"};
    const Head& head = rules_.at(name).front()->head;
    const Value value = head.element          ? partial_set(name)
                        : head.ref.size() > 1 ? partial_object(name)
                                              : complete(name);
    --depth_;
    return value;
}

void Oracle::branches(const Rule& rule, const Bindings& bindings, Value& result) {
    for (const Rule* one = &rule; one != nullptr; one = one->otherwise.get()) {
        Value mine;
        Names outside;
        for (const Term& arg : rule.head.args) collect_names(arg, outside);
        if (one->head.value) collect_names(*one->head.value, outside);
        body(one->body, outside, bindings, [&](const Bindings& solution) {
            if (!one->head.value) return agree(mine, Value::boolean(true));
            term(*one->head.value, solution,
                 [&](const Value& value, const Bindings&) { agree(mine, value); });
        });
        if (mine.is_undefined()) continue;
        return agree(result, mine);
    }
}

Value Oracle::complete(const std::string& name) {
    Value result;
    Value fallback;
    for (const Rule* rule : rules_.at(name)) branches(*rule, {}, rule->is_default ? fallback : result);
    return result.is_defined() ? result : fallback;
}

Value Oracle::partial_set(const std::string& name) {
    SetBuilder set;
    for (const Rule* rule : rules_.at(name)) {
        Names outside;
        collect_names(*rule->head.element, outside);
        body(rule->body, outside, {}, [&](const Bindings& solution) {
            term(*rule->head.element, solution,
                 [&](const Value& value, const Bindings&) { set.insert(value); });
        });
    }
    return set.build(*arena_);
}

Value Oracle::partial_object(const std::string& name) {
    ObjectBuilder object;
    for (const Rule* rule : rules_.at(name)) {
        Names outside;
        collect_names(rule->head.ref[1], outside);
        if (rule->head.value) collect_names(*rule->head.value, outside);
        body(rule->body, outside, {}, [&](const Bindings& solution) {
            term(rule->head.ref[1], solution, [&](const Value& key, const Bindings& inner) {
                if (!rule->head.value) return object.insert(key, Value::boolean(true));
                term(*rule->head.value, inner,
                     [&](const Value& value, const Bindings&) { object.insert(key, value); });
            });
        });
    }
    if (object.has_conflict()) throw NoAnswer{"conflict"};
    return object.build(*arena_);
}

Value Oracle::function(const std::string& name, const Values& operands) {
    if (++depth_ > k_max_depth) throw NoAnswer{"too deep"};
    Value result;
    Value fallback;
    for (const Rule* rule : rules_.at(name)) {
        std::vector<Bindings> matched{{}};
        for (std::size_t i = 0; i < operands.size() && !rule->is_default; ++i) {
            std::vector<Bindings> further;
            for (const Bindings& one : matched) {
                match(rule->head.args[i], operands[i], one,
                      [&](const Bindings& bindings) { further.push_back(bindings); });
            }
            matched = std::move(further);
        }
        for (const Bindings& one : matched) branches(*rule, one, rule->is_default ? fallback : result);
    }
    --depth_;
    return result.is_defined() ? result : fallback;
}

void Oracle::body(const Body& one, const Names& outside, const Bindings& bindings, const Solved& then) {
    Bindings inside = bindings;
    for (const std::string& fresh : declared_in(one)) inside.erase(fresh);
    Literals all;
    for (const Literal& each : one.literals) all.push_back(&each);
    literals(all, outside, inside, then);
}

/// Names that a literal's closures share with what is around it. One that is declared further down is another
/// variable from there on, and so is one that the literal itself declares.
Oracle::Names Oracle::names_around(const Literals& left, std::size_t at, const Names& outside) {
    Names around;
    for (std::size_t i = 0; i < at; ++i) collect_names(*left[i], around);
    Names others;
    Names further = outside;
    for (std::size_t i = at + 1; i < left.size(); ++i) {
        others.merge(declared_by(*left[i]));
        collect_names(*left[i], further);
    }
    for (const std::string& name : further) {
        if (!others.contains(name)) around.insert(name);
    }
    for (const std::string& name : declared_by(*left[at])) around.erase(name);
    return around;
}

void Oracle::literals(const Literals& left, const Names& outside, const Bindings& bindings,
                      const Solved& then) {
    work();
    if (left.empty()) return then(bindings);
    for (std::size_t i = 0; i < left.size(); ++i) {
        if (!is_literal_ready(*left[i], bindings, names_around(left, i, outside))) continue;
        Literals rest = left;
        rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
        return literal(*left[i], bindings,
                       [&](const Bindings& solution) { literals(rest, outside, solution, then); });
    }
    throw NoAnswer{"no order"};
}

void Oracle::literal(const Literal& one, const Bindings& bindings, const Solved& then) {
    if (one.withs.empty()) return plain_literal(one, bindings, then);
    with(one, bindings, then);
}

void Oracle::plain_literal(const Literal& one, const Bindings& bindings, const Solved& then) {
    if (one.negated) return negated(one, bindings, then);
    switch (one.kind) {
    case LiteralKind::some_declaration: return then(bindings);
    case LiteralKind::some_in: return some_in(one, bindings, then);
    case LiteralKind::every: return every(one, bindings, then);
    case LiteralKind::not_body: throw NoAnswer{"not of a body"};
    case LiteralKind::expression: break;
    }
    if (one.assigns || one.unifies) return unify(one, bindings, then);
    term(one.terms[0], bindings, [&](const Value& value, const Bindings& solution) {
        if (!value.is_false()) then(solution);
    });
}

void Oracle::with(const Literal& one, const Bindings& bindings, const Solved& then) {
    std::vector<Bindings> solutions;
    const Value data = data_;
    const Value input = input_;
    std::function<void(std::size_t, Value, Value, const Bindings&)> next =
        [&](std::size_t i, Value new_data, Value new_input, const Bindings& so_far) {
            if (i == one.withs.size()) {
                data_ = new_data;
                input_ = new_input;
                plain_literal(one, so_far, [&](const Bindings& solution) { solutions.push_back(solution); });
                data_ = data;
                input_ = input;
                return;
            }
            const With& each = one.withs[i];
            term(each.value, so_far, [&](const Value& value, const Bindings& further) {
                const bool is_ref = each.target.kind == TermKind::ref;
                const std::string& root = is_ref ? each.target.terms[0].text : each.target.text;
                const auto path = is_ref ? std::span(each.target.terms).subspan(1) : std::span<const Term>();
                Value& target = root == "input" ? new_input : new_data;
                const Value before = target;
                target = replaced(*arena_, target, path, value);
                next(i + 1, new_data, new_input, further);
                target = before;
            });
        };
    next(0, data_, input_, bindings);
    for (const Bindings& solution : solutions) then(solution);
}

void Oracle::negated(const Literal& one, const Bindings& bindings, const Solved& then) {
    bool found = false;
    Literal plain = one;
    plain.negated = false;
    plain.withs.clear();
    plain_literal(plain, bindings, [&](const Bindings&) { found = true; });
    if (!found) then(bindings);
}

void Oracle::every(const Literal& one, const Bindings& bindings, const Solved& then) {
    const std::size_t last = one.terms.size() - 1;
    const Term* key = last == 2 ? &one.terms[0] : nullptr;
    const Term& item = one.terms[last - 1];
    term(one.terms[last], bindings, [&](const Value& within, const Bindings& solution) {
        if (!within.is_collection()) return;
        bool all = true;
        const auto hold = [&](const Value& at, const Value& value) {
            Bindings inner = solution;
            if (key != nullptr && key->text != "_") inner[key->text] = at;
            if (item.text != "_") inner[item.text] = value;
            bool found = false;
            body(*one.body, {}, inner, [&](const Bindings&) { found = true; });
            all = all && found;
        };
        if (within.is_object()) {
            for (const Member& member : within.members()) hold(member.key, member.value);
        } else {
            std::int64_t index = 0;
            for (const Value& value : within.items())
                hold(within.is_set() ? value : Value::integer(index++), value);
        }
        if (all) then(solution);
    });
}

void Oracle::some_in(const Literal& one, const Bindings& bindings, const Solved& then) {
    const std::size_t last = one.terms.size() - 1;
    term(one.terms[last], bindings, [&](const Value& within, const Bindings& solution) {
        const auto take = [&](const Value& key, const Value& value) {
            if (last == 1) return match(one.terms[0], value, solution, then);
            match(one.terms[0], key, solution,
                  [&](const Bindings& inner) { match(one.terms[1], value, inner, then); });
        };
        if (within.is_object()) {
            for (const Member& member : within.members()) take(member.key, member.value);
        } else if (within.is_collection()) {
            std::int64_t index = 0;
            for (const Value& value : within.items())
                take(within.is_set() ? value : Value::integer(index++), value);
        }
    });
}

void Oracle::unify(const Literal& one, const Bindings& bindings, const Solved& then) {
    const Names none;
    const bool from_right =
        is_ready(one.terms[1], bindings, none) && is_pattern_ready(one.terms[0], bindings, none);
    const Term& known = one.terms[from_right ? 1 : 0];
    const Term& pattern = one.terms[from_right ? 0 : 1];
    term(known, bindings,
         [&](const Value& value, const Bindings& solution) { match(pattern, value, solution, then); });
}

} // namespace redoubt::rego::testing
