// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>

#include "tests/support/rego/oracle.hpp"

#include "common/rego/builtins/builtin.hpp"
#include "common/rego/value/json.hpp"
#include "common/rego/value/number.hpp"

namespace redoubt::rego::testing {
namespace {

bool is_composite(const Term& one) {
    return one.kind == TermKind::array || one.kind == TermKind::object || one.kind == TermKind::set;
}

bool is_comprehension(const Term& one) {
    return one.kind == TermKind::array_comprehension || one.kind == TermKind::set_comprehension ||
           one.kind == TermKind::object_comprehension;
}

void collect_declared(const Term& pattern, std::set<std::string>& names) {
    if (pattern.kind == TermKind::var) names.insert(pattern.text);
    if (!is_composite(pattern)) return;
    for (std::size_t i = 0; i < pattern.terms.size(); ++i) {
        if (pattern.kind == TermKind::object && i % 2 == 0) continue;
        collect_declared(pattern.terms[i], names);
    }
}

} // namespace

void collect_names(const Term& one, std::set<std::string>& names) {
    if (one.kind == TermKind::var) names.insert(one.text);
    for (std::size_t i = 0; i < one.terms.size(); ++i) {
        if (one.kind == TermKind::call && i == 0) continue; // what is called is no variable
        collect_names(one.terms[i], names);
    }
    if (one.body) collect_names(*one.body, names);
}

void collect_names(const Literal& one, std::set<std::string>& names) {
    for (const Term& child : one.terms) collect_names(child, names);
    if (one.body) collect_names(*one.body, names);
    for (const With& with : one.withs) collect_names(with.value, names);
}

void collect_names(const Body& one, std::set<std::string>& names) {
    for (const Literal& each : one.literals) collect_names(each, names);
}

std::set<std::string> declared_by(const Literal& one) {
    std::set<std::string> names;
    if (one.kind == LiteralKind::some_declaration) {
        for (const Term& var : one.terms) names.insert(var.text);
    } else if (one.kind == LiteralKind::some_in) {
        std::set<std::string> within;
        for (std::size_t i = 0; i + 1 < one.terms.size(); ++i) collect_declared(one.terms[i], names);
        collect_names(one.terms.back(), within);
        std::erase_if(names, [&](const std::string& name) { return within.contains(name); });
    } else if (one.assigns) {
        collect_declared(one.terms[0], names);
    }
    return names;
}

std::set<std::string> declared_in(const Body& one) {
    std::set<std::string> names;
    for (const Literal& each : one.literals) names.merge(declared_by(each));
    return names;
}

/// Whether it stands for something still to be found.
bool Oracle::is_variable(const Term& one, const Bindings& bindings) const {
    return one.kind == TermKind::var && one.text != "data" && one.text != "input" &&
           !bindings.contains(one.text) && !rules_.contains(one.text);
}

bool Oracle::is_body_ready(const Body& one, const Names& declared, const Bindings& bindings,
                           const Names& outside) const {
    Names names;
    collect_names(one, names);
    const Names own = declared_in(one);
    return std::ranges::none_of(names, [&](const std::string& name) {
        Term var(TermKind::var, {});
        var.text = name;
        return name != "_" && !own.contains(name) && !declared.contains(name) && outside.contains(name) &&
               is_variable(var, bindings);
    });
}

bool Oracle::is_ready(const Term& one, const Bindings& bindings, const Names& outside) const {
    if (is_comprehension(one)) {
        Body whole = *one.body;
        Literal head;
        head.terms = one.terms;
        whole.literals.push_back(head);
        return is_body_ready(whole, {}, bindings, outside);
    }
    if (one.kind == TermKind::var) return !is_variable(one, bindings);
    for (std::size_t i = 0; i < one.terms.size(); ++i) {
        if (one.kind == TermKind::call && i == 0) continue;
        if (one.kind == TermKind::ref && i > 0 && is_variable(one.terms[i], bindings)) continue;
        if (!is_ready(one.terms[i], bindings, outside)) return false;
    }
    return true;
}

bool Oracle::is_pattern_ready(const Term& one, const Bindings& bindings, const Names& outside) const {
    if (one.kind == TermKind::var) return true;
    if (one.kind != TermKind::array && one.kind != TermKind::object) return is_ready(one, bindings, outside);
    for (std::size_t i = 0; i < one.terms.size(); ++i) {
        const bool is_key = one.kind == TermKind::object && i % 2 == 0;
        if (is_key ? !is_ready(one.terms[i], bindings, outside)
                   : !is_pattern_ready(one.terms[i], bindings, outside))
            return false;
    }
    return true;
}

bool Oracle::is_literal_ready(const Literal& one, const Bindings& bindings, const Names& outside) const {
    for (const With& with : one.withs) {
        if (!is_ready(with.value, bindings, outside)) return false;
    }
    if (one.negated) {
        Names names;
        collect_names(one, names);
        return std::ranges::none_of(names, [&](const std::string& name) {
            Term var(TermKind::var, {});
            var.text = name;
            return name != "_" && outside.contains(name) && is_variable(var, bindings);
        });
    }
    switch (one.kind) {
    case LiteralKind::some_declaration: return true;
    case LiteralKind::not_body: return false;
    case LiteralKind::some_in: return is_ready(one.terms.back(), bindings, outside);
    case LiteralKind::every: {
        Names declared;
        for (std::size_t i = 0; i + 1 < one.terms.size(); ++i) declared.insert(one.terms[i].text);
        return is_ready(one.terms.back(), bindings, outside) &&
               is_body_ready(*one.body, declared, bindings, outside);
    }
    case LiteralKind::expression: break;
    }
    if (!one.assigns && !one.unifies) return is_ready(one.terms[0], bindings, outside);
    const auto works = [&](const Term& known, const Term& pattern) {
        return is_ready(known, bindings, outside) && is_pattern_ready(pattern, bindings, outside);
    };
    return works(one.terms[1], one.terms[0]) || (one.unifies && works(one.terms[0], one.terms[1]));
}

void Oracle::all_of(std::span<const Term> terms, const Bindings& bindings, const Many& then) {
    std::function<void(const Values&, const Bindings&)> next = [&](const Values& found,
                                                                   const Bindings& so_far) {
        if (found.size() == terms.size()) return then(found, so_far);
        term(terms[found.size()], so_far, [&](const Value& value, const Bindings& further) {
            Values more = found;
            more.push_back(value);
            next(more, further);
        });
    };
    next({}, bindings);
}

void Oracle::term(const Term& one, const Bindings& bindings, const Then& then) {
    work();
    switch (one.kind) {
    case TermKind::null: return then(Value::null(), bindings);
    case TermKind::boolean: return then(Value::boolean(one.text == "true"), bindings);
    case TermKind::number: return then(parse_json(*arena_, one.text).value(), bindings);
    case TermKind::string: return then(make_string(*arena_, one.text), bindings);
    case TermKind::var: return name(one, bindings, then);
    case TermKind::ref: return reference(one, bindings, then);
    case TermKind::call: return call(one, bindings, then);
    case TermKind::array_comprehension:
    case TermKind::set_comprehension:
    case TermKind::object_comprehension: return comprehension(one, bindings, then);
    case TermKind::template_string: throw NoAnswer{"template"};
    case TermKind::array:
    case TermKind::set:
    case TermKind::object: break;
    }
    all_of(one.terms, bindings, [&](const Values& found, const Bindings& solution) {
        Values items = found;
        if (one.kind == TermKind::array) return then(make_array(*arena_, items), solution);
        if (one.kind == TermKind::set) return then(make_set(*arena_, items), solution);
        ObjectBuilder object;
        for (std::size_t i = 0; i < items.size(); i += 2) object.insert(items[i], items[i + 1]);
        then(object.build(*arena_), solution);
    });
}

void Oracle::name(const Term& one, const Bindings& bindings, const Then& then) {
    const auto found = bindings.find(one.text);
    Value value;
    if (found != bindings.end()) {
        value = found->second;
    } else if (one.text == "input") {
        value = input_;
    } else if (one.text == "data") {
        throw NoAnswer{"all data"};
    } else if (rules_.contains(one.text)) {
        value = document(one.text);
    } else {
        throw NoAnswer{"unbound " + one.text};
    }
    if (value.is_defined()) then(value, bindings);
}

void Oracle::reference(const Term& one, const Bindings& bindings, const Then& then) {
    // OPA's compiler takes what is computed within a reference out of it, in order: it is evaluated, and may
    // be in conflict, even where no step leads to it. Evaluating it once more at its step gives the same.
    std::vector<Term> computed;
    for (const Term& key : std::span(one.terms).subspan(1))
        if (is_comprehension(key) || key.kind == TermKind::ref || key.kind == TermKind::call)
            computed.push_back(key);
    if (std::ranges::none_of(computed, is_comprehension)) return walk(one, bindings, then);
    all_of(computed, bindings, [&](const Values&, const Bindings& solution) { walk(one, solution, then); });
}

void Oracle::walk(const Term& one, const Bindings& bindings, const Then& then) {
    const Term& head = one.terms.front();
    const std::span<const Term> keys = std::span(one.terms).subspan(1);
    const bool is_data = head.kind == TermKind::var && head.text == "data" && !bindings.contains("data");
    if (!is_data) {
        return term(head, bindings,
                    [&](const Value& from, const Bindings& solution) { steps(from, keys, solution, then); });
    }
    if (keys.front().kind != TermKind::string) throw NoAnswer{"all data"};
    if (keys.front().text != module_->package.front()) return steps(data_, keys, bindings, then);
    if (keys.size() == 1 || keys[1].kind != TermKind::string) throw NoAnswer{"the package itself"};
    if (!rules_.contains(keys[1].text)) return;
    const Value value = document(keys[1].text);
    if (value.is_defined()) steps(value, keys.subspan(2), bindings, then);
}

void Oracle::steps(const Value& from, std::span<const Term> keys, const Bindings& bindings,
                   const Then& then) {
    work();
    if (keys.empty()) return then(from, bindings);
    const Term& key = keys.front();
    if (!is_variable(key, bindings)) {
        return term(key, bindings, [&](const Value& at, const Bindings& solution) {
            const Value inner = from.at(at);
            if (inner.is_defined()) steps(inner, keys.subspan(1), solution, then);
        });
    }
    const auto take = [&](const Value& at, const Value& inner) {
        Bindings further = bindings;
        if (key.text != "_") further[key.text] = at;
        steps(inner, keys.subspan(1), further, then);
    };
    if (from.is_object()) {
        for (const Member& member : from.members()) take(member.key, member.value);
    } else if (from.is_collection()) {
        std::int64_t index = 0;
        for (const Value& item : from.items()) take(from.is_set() ? item : Value::integer(index++), item);
    }
}

void Oracle::comprehension(const Term& one, const Bindings& bindings, const Then& then) {
    Values items;
    ObjectBuilder object;
    Names outside;
    for (const Term& head : one.terms) collect_names(head, outside);
    body(*one.body, outside, bindings, [&](const Bindings& solution) {
        all_of(one.terms, solution, [&](const Values& found, const Bindings&) {
            if (one.kind == TermKind::object_comprehension) return object.insert(found[0], found[1]);
            items.push_back(found[0]);
        });
    });
    if (one.kind == TermKind::array_comprehension) return then(make_array(*arena_, items), bindings);
    if (one.kind == TermKind::set_comprehension) return then(make_set(*arena_, items), bindings);
    if (object.has_conflict()) throw NoAnswer{"conflict"};
    then(object.build(*arena_), bindings);
}

void Oracle::call(const Term& one, const Bindings& bindings, const Then& then) {
    const Term& function_term = one.terms.front();
    std::string called = function_term.text;
    if (function_term.kind == TermKind::ref) {
        for (const Term& part : function_term.terms) called += (called.empty() ? "" : ".") + part.text;
    }
    all_of(std::span(one.terms).subspan(1), bindings, [&](const Values& operands, const Bindings& solution) {
        const Value value = result_of(called, operands);
        if (value.is_defined()) then(value, solution);
    });
}

Value Oracle::result_of(const std::string& function_name, const Values& operands) {
    if (rules_.contains(function_name)) return function(function_name, operands);
    if (function_name == "internal.member_2") {
        bool is_in = operands[1].is_object() &&
                     std::ranges::contains(operands[1].members(), operands[0], &Member::value);
        if (operands[1].is_array() || operands[1].is_set())
            is_in = std::ranges::contains(operands[1].items(), operands[0]);
        return Value::boolean(is_in);
    }
    const Builtin* builtin = builtins_->find(function_name);
    if (builtin == nullptr || builtin->function == nullptr) throw NoAnswer{"no builtin " + function_name};
    BuiltinContext context(*arena_, lasting_, query_);
    return call_builtin(*builtin, context, operands).value_or(Value());
}

void Oracle::match(const Term& pattern, const Value& value, const Bindings& bindings, const Solved& then) {
    work();
    if (is_variable(pattern, bindings)) {
        Bindings further = bindings;
        if (pattern.text != "_") further[pattern.text] = value;
        return then(further);
    }
    std::function<void(std::size_t, const Bindings&)> next;
    if (pattern.kind == TermKind::array) {
        if (!value.is_array() || value.size() != pattern.terms.size()) return;
        next = [&](std::size_t i, const Bindings& so_far) {
            if (i == pattern.terms.size()) return then(so_far);
            match(pattern.terms[i], value.items()[i], so_far,
                  [&](const Bindings& further) { next(i + 1, further); });
        };
        return next(0, bindings);
    }
    if (pattern.kind == TermKind::object) {
        if (!value.is_object() || value.size() != pattern.terms.size() / 2) return;
        next = [&](std::size_t i, const Bindings& so_far) {
            if (i == pattern.terms.size()) return then(so_far);
            term(pattern.terms[i], so_far, [&](const Value& key, const Bindings& further) {
                const Value item = value.at(key);
                if (item.is_undefined()) return;
                match(pattern.terms[i + 1], item, further, [&](const Bindings& last) { next(i + 2, last); });
            });
        };
        return next(0, bindings);
    }
    term(pattern, bindings, [&](const Value& wanted, const Bindings& solution) {
        if (wanted == value) then(solution);
    });
}

} // namespace redoubt::rego::testing
