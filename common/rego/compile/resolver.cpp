// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/compile/resolver.hpp"

#include <algorithm>
#include <format>

namespace redoubt::rego {
namespace {

Term string_term(Location at, const std::string& text) {
    Term made(TermKind::string, at);
    made.text = text;
    return made;
}

/// A ref for a full path.
Term path_term(Location at, const std::vector<std::string>& path) {
    Term made(TermKind::ref, at);
    Term root(TermKind::var, at);
    root.text = path.front();
    made.terms.push_back(std::move(root));
    for (std::size_t i = 1; i < path.size(); ++i) made.terms.push_back(string_term(at, path[i]));
    return made;
}

/// "io.jwt.decode" when the term is a name followed by strings only.
std::string dotted_name(const Term& term) {
    if (term.kind == TermKind::var) return term.text;
    std::string name;
    for (const Term& part : term.terms) {
        if (part.kind != (name.empty() ? TermKind::var : TermKind::string)) return {};
        if (!name.empty()) name += '.';
        name += part.text;
    }
    return name;
}

/// Calls `visit` for each variable of a term, also in the bodies of comprehensions.
template <class Visit>
void visit_names(const Term& one, const Visit& visit) {
    if (one.kind == TermKind::var) visit(one);
    for (const Term& child : one.terms) visit_names(child, visit);
    if (!one.body) return;
    for (const Literal& each : one.body->literals) {
        for (const Term& child : each.terms) visit_names(child, visit);
    }
}

bool is_root(const std::string& name) {
    return name == "data" || name == "input";
}

} // namespace

void Resolver::complain(Location at, std::string message, Complaint code) {
    report(*diagnostics_, *sources_, at, code, std::move(message));
}

ResolvedRule Resolver::rule(Rule& rule) {
    scopes_.clear();
    next_slot_ = static_cast<std::int32_t>(rule.head.args.size());
    scopes_.emplace_back();
    undeclared_.clear();
    std::set<std::string> plain;
    for (std::size_t i = 0; i < rule.head.args.size(); ++i) {
        Term& arg = rule.head.args[i];
        if (arg.kind != TermKind::var || arg.text == "_" || !plain.insert(arg.text).second) continue;
        // A plain variable is the operand's register itself.
        scopes_.back().declared[arg.text] = {static_cast<std::int32_t>(i), Origin::argument, arg.at, true};
        arg.slot = static_cast<std::int32_t>(i);
    }
    const std::function<void(Term&)> declare_inside = [&](Term& pattern) {
        if (pattern.kind == TermKind::var && pattern.text != "_" && !is_root(pattern.text) &&
            find_declared(pattern.text) == nullptr) {
            scopes_.back().declared[pattern.text] = {new_slot(), Origin::argument, pattern.at, true};
        }
        const bool composite = pattern.kind == TermKind::array || pattern.kind == TermKind::object;
        for (std::size_t i = 0; composite && i < pattern.terms.size(); ++i) declare_inside(pattern.terms[i]);
    };
    for (Term& arg : rule.head.args) {
        if (arg.kind == TermKind::var && is_root(arg.text) && names_->version == RegoVersion::v1) {
            complain(arg.at,
                     std::format("args must not shadow {} (use a different variable name)", arg.text));
        }
        declare_inside(arg);
    }
    std::vector<Term> unresolved_args = rule.head.args;
    for (Rule* one = &rule; one != nullptr; one = one->otherwise.get()) {
        one->head.args = unresolved_args;
        branch(*one, &rule.head.args);
    }
    return {static_cast<std::uint32_t>(next_slot_)};
}

void Resolver::branch(Rule& rule, const std::vector<Term>* args) {
    (void)args;
    // Variables nobody declared belong to one branch.
    undeclared_.clear();
    scopes_.resize(1);
    for (Term& arg : rule.head.args) {
        if (arg.kind != TermKind::var || arg.slot < 0) term(arg);
    }
    scopes_.emplace_back();
    collect_pending(rule.body, scopes_.back().pending);
    for (Literal& one : rule.body.literals) literal(one);
    head(rule);
    pop_scope();
}

void Resolver::head(Rule& rule) {
    // Names of the body that nobody declared are nothing to the comprehensions of the head.
    for (Scope& scope : scopes_) scope.mentioned.clear();
    for (std::size_t i = 1; i < rule.head.ref.size(); ++i) term(rule.head.ref[i]);
    if (rule.head.element) term(*rule.head.element);
    if (rule.head.value) term(*rule.head.value);
}

ResolvedRule Resolver::query(Body& body, std::vector<std::pair<std::string, std::int32_t>>& variables) {
    scopes_.clear();
    undeclared_.clear();
    next_slot_ = 0;
    scopes_.emplace_back();
    collect_pending(body, scopes_.back().pending);
    for (Literal& one : body.literals) literal(one);
    for (const auto& [name, declared] : scopes_.back().declared) variables.emplace_back(name, declared.slot);
    for (const auto& [name, slot] : undeclared_) variables.emplace_back(name, slot);
    std::erase_if(variables, [](const auto& variable) { return variable.first.starts_with('$'); });
    pop_scope();
    return {static_cast<std::uint32_t>(next_slot_)};
}

void Resolver::collect_pattern(const Term& pattern, std::set<std::string>& names) const {
    if (pattern.kind == TermKind::var && pattern.text != "_") names.insert(pattern.text);
    const bool composite = pattern.kind == TermKind::array || pattern.kind == TermKind::object;
    for (std::size_t i = 0; composite && i < pattern.terms.size(); ++i) {
        // Keys of an object are used, not bound.
        if (pattern.kind == TermKind::object && i % 2 == 0) continue;
        collect_pattern(pattern.terms[i], names);
    }
}

std::set<std::string> Resolver::declared_by(const Literal& some_in) const {
    std::set<std::string> names;
    for (std::size_t i = 0; i + 1 < some_in.terms.size(); ++i) collect_pattern(some_in.terms[i], names);
    // What the collection names is not declared anew: `some x in [x | x := 1]`.
    visit_names(some_in.terms.back(), [&](const Term& var) { names.erase(var.text); });
    return names;
}

void Resolver::refuse_own_names(const Literal& some_in) {
    std::set<std::string> names;
    for (std::size_t i = 0; i + 1 < some_in.terms.size(); ++i) collect_pattern(some_in.terms[i], names);
    visit_terms(some_in.terms.back(), [&](const Term& one) {
        if (one.kind == TermKind::var && names.contains(one.text))
            complain(one.at, std::format("var {} assigned before", one.text));
    });
}

void Resolver::collect_pending(const Body& body, std::set<std::string>& names) const {
    for (const Literal& one : body.literals) {
        if (one.kind == LiteralKind::some_declaration) {
            for (const Term& var : one.terms) names.insert(var.text);
        } else if (one.kind == LiteralKind::some_in) {
            names.merge(declared_by(one));
        } else if (one.assigns) {
            collect_pattern(one.terms[0], names);
        }
    }
}

void Resolver::body(Body& body) {
    scopes_.emplace_back();
    collect_pending(body, scopes_.back().pending);
    for (Literal& one : body.literals) literal(one);
}

void Resolver::pop_scope() {
    for (const auto& [name, declared] : scopes_.back().declared) {
        if (declared.used || declared.origin == Origin::argument) continue;
        if (declared.origin == Origin::some) {
            complain(declared.at, std::format("declared var {} unused", name));
        } else if (declared.origin == Origin::assignment && strictness_ == Strictness::strict) {
            complain(declared.at, std::format("assigned var {} unused", name));
        }
    }
    scopes_.pop_back();
}

void Resolver::literal(Literal& literal) {
    for (With& one : literal.withs) with(one);
    switch (literal.kind) {
    case LiteralKind::some_declaration:
        for (Term& var : literal.terms) declare_name(var, Origin::some);
        return;
    case LiteralKind::some_in:
        term(literal.terms.back());
        refuse_own_names(literal);
        for (const std::string& name : declared_by(literal)) {
            Term var(TermKind::var, literal.terms.front().at);
            var.text = name;
            declare_name(var, Origin::every);
        }
        for (std::size_t i = 0; i + 1 < literal.terms.size(); ++i) term(literal.terms[i]);
        return;
    case LiteralKind::every: return every(literal);
    case LiteralKind::not_body: body(*literal.body); return pop_scope();
    case LiteralKind::expression: break;
    }
    if (literal.assigns) return assignment(literal);
    for (Term& side : literal.terms) term(side);
}

void Resolver::assignment(Literal& literal) {
    Term& target = literal.terms[0];
    if (literal.negated) complain(literal.at, "cannot assign vars inside negated expression");
    term(literal.terms[1]);
    switch (target.kind) {
    case TermKind::var:
    case TermKind::array:
    case TermKind::object: break;
    case TermKind::ref: return complain(target.at, "cannot assign to ref");
    case TermKind::call: return complain(target.at, "cannot assign to call");
    case TermKind::array_comprehension: return complain(target.at, "cannot assign to arraycomprehension");
    case TermKind::set_comprehension: return complain(target.at, "cannot assign to setcomprehension");
    case TermKind::object_comprehension: return complain(target.at, "cannot assign to objectcomprehension");
    case TermKind::null:
    case TermKind::boolean:
    case TermKind::number:
    case TermKind::string:
    case TermKind::template_string:
    case TermKind::set: return complain(target.at, "cannot assign to a constant");
    }
    declare(target, Origin::assignment);
    term(target);
    // Being bound is not being used.
    const std::function<void(const Term&)> forget = [&](const Term& pattern) {
        if (pattern.kind == TermKind::var) {
            if (auto found = scopes_.back().declared.find(pattern.text);
                found != scopes_.back().declared.end())
                found->second.used = false;
        }
        for (const Term& child : pattern.terms) forget(child);
    };
    forget(target);
}

void Resolver::declare(Term& pattern, Origin origin) {
    if (pattern.kind == TermKind::var) return declare_name(pattern, origin);
    const bool composite = pattern.kind == TermKind::array || pattern.kind == TermKind::object;
    for (std::size_t i = 0; composite && i < pattern.terms.size(); ++i) {
        if (pattern.kind == TermKind::object && i % 2 == 0) continue;
        declare(pattern.terms[i], origin);
    }
}

void Resolver::declare_name(Term& var, Origin origin) {
    if (var.text == "_") return;
    if (is_root(var.text) && names_->version == RegoVersion::v1) {
        return complain(
            var.at, std::format("variables must not shadow {} (use a different variable name)", var.text));
    }
    Scope& scope = scopes_.back();
    if (const auto found = scope.declared.find(var.text); found != scope.declared.end()) {
        // Two of one pattern are the same variable.
        if (found->second.at.row == var.at.row && origin == Origin::assignment &&
            found->second.origin == origin && found->second.at.column == var.at.column)
            return;
        return complain(var.at,
                        std::format("var {} {} above", var.text,
                                    found->second.origin == Origin::assignment ? "assigned" : "declared"));
    }
    if (scopes_.front().declared.contains(var.text) && scopes_.size() == 2 && &scope != &scopes_.front()) {
        return complain(var.at, std::format("arg {} redeclared", var.text));
    }
    if (scope.seen.contains(var.text))
        return complain(var.at, std::format("var {} referenced above", var.text));
    scope.declared[var.text] = {new_slot(), origin, var.at, false};
}

Resolver::Declared* Resolver::find_declared(const std::string& name) {
    for (std::size_t i = scopes_.size(); i-- > 0;) {
        if (const auto found = scopes_[i].declared.find(name); found != scopes_[i].declared.end())
            return &found->second;
        // A closure's use is another variable than the one declared further down.
        const bool known = std::ranges::any_of(scopes_, [&](const Scope& scope) {
            return scope.mentioned.contains(name) || scope.declared.contains(name);
        });
        if (i + 1 == scopes_.size() && scopes_[i].pending.contains(name) && !known)
            scopes_[i].seen.insert(name);
    }
    return nullptr;
}

bool Resolver::is_local(const std::string& name) {
    for (const Scope& scope : scopes_) {
        if (scope.declared.contains(name) || scope.pending.contains(name)) return true;
    }
    return false;
}

const std::vector<std::string>* Resolver::find_global(const std::string& name) {
    if (is_local(name)) return nullptr;
    const auto found = names_->globals.find(name);
    if (found == names_->globals.end()) return nullptr;
    used_globals_.insert(name);
    return &found->second;
}

void Resolver::term(Term& one) {
    switch (one.kind) {
    case TermKind::var: return variable(one);
    case TermKind::ref: return reference(one);
    case TermKind::call: return call(one);
    case TermKind::array_comprehension:
    case TermKind::set_comprehension:
    case TermKind::object_comprehension: return comprehension(one);
    case TermKind::array:
    case TermKind::object:
    case TermKind::set:
    case TermKind::template_string:
        for (Term& child : one.terms) term(child);
        return;
    case TermKind::null:
    case TermKind::boolean:
    case TermKind::number:
    case TermKind::string: return;
    }
}

void Resolver::variable(Term& one) {
    if (one.slot >= 0) return;
    if (one.text == "_") {
        one.slot = new_slot();
        return;
    }
    if (Declared* declared = find_declared(one.text)) {
        declared->used = true;
        one.slot = declared->slot;
        return;
    }
    if (const auto* path = find_global(one.text)) {
        one = path_term(one.at, *path);
        if (one.terms.size() == 1) one = Term(one.terms.front());
        return;
    }
    if (is_root(one.text)) return;
    scopes_.back().mentioned.insert(one.text);
    const auto [found, is_new] = undeclared_.try_emplace(one.text, next_slot_);
    if (is_new) ++next_slot_;
    one.slot = found->second;
}

void Resolver::reference(Term& one) {
    for (std::size_t i = 1; i < one.terms.size(); ++i) term(one.terms[i]);
    term(one.terms.front());
    // A head that turned out to be a path is spliced in.
    if (one.terms.front().kind != TermKind::ref) return;
    Term inner = std::move(one.terms.front());
    one.terms.erase(one.terms.begin());
    one.terms.insert(one.terms.begin(), std::make_move_iterator(inner.terms.begin()),
                     std::make_move_iterator(inner.terms.end()));
}

void Resolver::call(Term& one) {
    for (std::size_t i = 1; i < one.terms.size(); ++i) term(one.terms[i]);
    Term& function = one.terms.front();
    const std::string name = dotted_name(function);
    const Term& root = function.kind == TermKind::ref ? function.terms.front() : function;
    if (one.infix) return;
    const bool local = root.kind == TermKind::var && is_local(root.text) && !name.empty();
    if (name.empty() || local) {
        complain(one.at, std::format("undefined function {}", name), Complaint::type);
        return;
    }
    if (find_global(root.text) != nullptr || root.text == "data") {
        term(function);
        if (one.terms.size() == 1 && names_->is_callable(dotted_name(function))) one = Term(function);
        return;
    }
    Term named(TermKind::var, function.at);
    named.text = name;
    function = std::move(named);
}

void Resolver::comprehension(Term& one) {
    body(*one.body);
    for (Term& part : one.terms) term(part);
    pop_scope();
}

void Resolver::every(Literal& literal) {
    term(literal.terms.back());
    scopes_.emplace_back();
    for (std::size_t i = 0; i + 1 < literal.terms.size(); ++i) {
        Term& var = literal.terms[i];
        if (var.text == "_") {
            var.slot = new_slot();
            continue;
        }
        declare_name(var, Origin::some);
        if (const auto found = scopes_.back().declared.find(var.text);
            found != scopes_.back().declared.end()) {
            var.slot = found->second.slot;
        }
    }
    // The body lies in the same scope: what it declares cannot have the names of key and value.
    collect_pending(*literal.body, scopes_.back().pending);
    for (Literal& one : literal.body->literals) this->literal(one);
    pop_scope();
}

void Resolver::with(With& with) {
    const Term& value_root = with.value.kind == TermKind::ref ? with.value.terms.front() : with.value;
    const std::string value_name = dotted_name(with.value);
    const bool free_name = value_root.kind == TermKind::var && !value_name.empty() &&
                           !is_local(value_root.text) && !names_->globals.contains(value_root.text);
    if (free_name && names_->is_function && names_->is_function(value_name)) {
        Term named(TermKind::var, with.value.at);
        named.text = value_name;
        with.value = std::move(named);
    } else {
        term(with.value);
    }
    Term& target = with.target;
    const std::string name = dotted_name(target);
    const Term& root = target.kind == TermKind::ref ? target.terms.front() : target;
    if (root.kind == TermKind::var && (find_global(root.text) != nullptr || is_root(root.text))) {
        term(target);
        return;
    }
    if (name.empty())
        return complain(with.at, "with keyword target must reference existing input, data, or a function",
                        Complaint::type);
    Term named(TermKind::var, target.at);
    named.text = name;
    target = std::move(named);
}

} // namespace redoubt::rego
