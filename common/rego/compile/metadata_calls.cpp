// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <optional>

#include "common/rego/compile/annotations.hpp"
#include "common/rego/value/json.hpp"

namespace redoubt::rego {
namespace {

/// A value written as a term.
Term term_of(const Value& value, Location at) {
    const auto plain = [&](TermKind kind, std::string text) {
        Term term(kind, at);
        term.text = std::move(text);
        return term;
    };
    if (value.is_string()) return plain(TermKind::string, std::string(value.as_string()));
    if (value.is_number()) return plain(TermKind::number, render_json(value));
    if (value.is_boolean()) return plain(TermKind::boolean, value.is_true() ? "true" : "false");
    Term term(value.is_object() ? TermKind::object : value.is_array() ? TermKind::array : TermKind::null, at);
    if (value.is_array()) {
        for (const Value& item : value.items()) term.terms.push_back(term_of(item, at));
    } else if (value.is_object()) {
        for (const Member& member : value.members()) {
            term.terms.push_back(term_of(member.key, at));
            term.terms.push_back(term_of(member.value, at));
        }
    }
    return term;
}

enum class Call : std::uint8_t { none, rule, chain };

Call call_of(const Term& term) {
    if (term.kind != TermKind::call || term.terms.size() != 1) return Call::none;
    const Term& function = term.terms.front();
    if (function.kind != TermKind::ref || function.terms.size() != 3 || function.terms[0].text != "rego" ||
        function.terms[1].text != "metadata")
        return Call::none;
    if (function.terms[2].text == "rule") return Call::rule;
    return function.terms[2].text == "chain" ? Call::chain : Call::none;
}

/// Calls `visit` for each term of a rule, outer ones first; it may replace them.
template <class Visit>
class RuleWalk {
  public:
    explicit RuleWalk(Visit visit) : visit_(std::move(visit)) {}

    void rule(Rule& one) {
        for (Term& term : one.head.ref) walk(term);
        for (Term& term : one.head.args) walk(term);
        if (one.head.element) walk(*one.head.element);
        if (one.head.value) walk(*one.head.value);
        body(one.body);
        if (one.otherwise) rule(*one.otherwise);
    }

  private:
    void body(Body& inside) {
        for (Literal& literal : inside.literals) {
            for (Term& term : literal.terms) walk(term);
            if (literal.body) body(*literal.body);
            for (With& with : literal.withs) walk(with.value);
        }
    }
    void walk(Term& term) {
        visit_(term);
        for (Term& child : term.terms) walk(child);
        if (term.body) body(*term.body);
    }

    Visit visit_;
};

} // namespace

void replace_metadata_calls(const std::vector<Source>& sources, std::vector<Module>& modules,
                            Diagnostics& diagnostics) {
    bool is_called = false;
    const auto look = [&](Term& term) { is_called = is_called || call_of(term) != Call::none; };
    for (Module& module : modules) {
        for (Rule& rule : module.rules) RuleWalk(look).rule(rule);
    }
    if (!is_called) return;
    Annotations annotations(sources, modules, diagnostics);
    for (Module& module : modules) {
        for (Rule& rule : module.rules) {
            RuleWalk([&](Term& term) {
                const Call call = call_of(term);
                if (call == Call::none) return;
                term =
                    term_of(call == Call::rule ? annotations.of_rule(rule) : annotations.chain(module, rule),
                            term.at);
            }).rule(rule);
        }
    }
}

} // namespace redoubt::rego
