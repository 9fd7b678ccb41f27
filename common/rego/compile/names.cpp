// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <format>
#include <map>

#include "common/rego/compile/passes.hpp"

namespace redoubt::rego {
namespace {

void collect_replaced(const Body& body, std::set<std::string>& names);

void collect_replaced(const Term& term, std::set<std::string>& names) {
    for (const Term& child : term.terms) collect_replaced(child, names);
    if (term.body) collect_replaced(*term.body, names);
}

void collect_replaced(const Body& body, std::set<std::string>& names) {
    for (const Literal& literal : body.literals) {
        for (const Term& term : literal.terms) collect_replaced(term, names);
        if (literal.body) collect_replaced(*literal.body, names);
        for (const With& with : literal.withs) {
            if (with.target.kind == TermKind::var && with.target.slot < 0) names.insert(with.target.text);
            collect_replaced(with.value, names);
        }
    }
}

} // namespace

std::set<std::string> replaced_functions(const std::vector<Module>& modules) {
    std::set<std::string> names;
    for (const Module& module : modules) {
        for (const Rule& rule : module.rules) {
            for (const Rule* one = &rule; one != nullptr; one = one->otherwise.get()) {
                collect_replaced(one->body, names);
                if (one->head.value) collect_replaced(*one->head.value, names);
                if (one->head.element) collect_replaced(*one->head.element, names);
            }
        }
    }
    return names;
}

void check_names(const std::vector<Source>& sources, const std::vector<Module>& modules,
                 Diagnostics& diagnostics) {
    const auto complain = [&](Location at, std::string message) {
        report(diagnostics, sources, at, Complaint::compile, std::move(message));
    };
    for (const Module& module : modules) {
        if (module.version != RegoVersion::v1) continue;
        std::map<std::string, Location> aliases;
        for (const Import& import : module.imports) {
            if (import.path.size() == 1) continue;
            if (!aliases.try_emplace(import.alias, import.at).second) {
                complain(import.at, std::format("import must not shadow import {}", import.alias));
            }
            if (import.alias == "data" || import.alias == "input")
                complain(import.at,
                         std::format("imports must not shadow {} (use a different alias)", import.alias));
        }
        for (const Rule& rule : module.rules) {
            const std::string& name = rule.head.ref.front().text;
            if (name != "data" && name != "input") continue;
            complain(rule.at, std::format("rules must not shadow {} (use a different rule name)", name));
        }
    }
}

} // namespace redoubt::rego
