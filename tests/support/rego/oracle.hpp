// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A second evaluator of Rego to hold the engine against. It walks the syntax tree as the parser left it, by
/// names, and tries everything: no registers, plan, index or cache. It shares with the engine only the
/// parser, the values and the builtins. It knows what policy_writer.hpp writes, not the whole language.

#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "common/rego/builtins/registry.hpp"
#include "common/rego/syntax/ast.hpp"
#include "common/rego/value/value.hpp"

namespace redoubt::rego::testing {

/// Thrown when there is no value to compare: definitions that disagree, or what the oracle cannot tell.
struct NoAnswer {
    std::string why;
};

class Oracle {
  public:
    /// All must outlive the oracle.
    Oracle(const Module& module, const BuiltinRegistry& builtins, Arena& arena, Value data, Value input);

    /// The document of the module's package: every rule that is defined. Throws NoAnswer.
    [[nodiscard]] Value package();

  private:
    using Names = std::set<std::string>;
    using Bindings = std::map<std::string, Value>;
    using Values = std::vector<Value>;
    /// Called for each solution.
    using Then = std::function<void(const Value&, const Bindings&)>;
    using Solved = std::function<void(const Bindings&)>;
    using Many = std::function<void(const Values&, const Bindings&)>;
    using Literals = std::vector<const Literal*>;

    // oracle.cpp: rules and bodies.
    [[nodiscard]] Value document(const std::string& name);
    [[nodiscard]] Value complete(const std::string& name);
    [[nodiscard]] Value partial_set(const std::string& name);
    [[nodiscard]] Value partial_object(const std::string& name);
    [[nodiscard]] Value function(const std::string& name, const Values& operands);
    void branches(const Rule& rule, const Bindings& bindings, Value& result);
    void body(const Body& one, const Names& outside, const Bindings& bindings, const Solved& then);
    void literals(const Literals& left, const Names& outside, const Bindings& bindings, const Solved& then);
    [[nodiscard]] static Names names_around(const Literals& left, std::size_t at, const Names& outside);
    void literal(const Literal& one, const Bindings& bindings, const Solved& then);
    void plain_literal(const Literal& one, const Bindings& bindings, const Solved& then);
    void with(const Literal& one, const Bindings& bindings, const Solved& then);
    void negated(const Literal& one, const Bindings& bindings, const Solved& then);
    void every(const Literal& one, const Bindings& bindings, const Solved& then);
    void some_in(const Literal& one, const Bindings& bindings, const Solved& then);
    void unify(const Literal& one, const Bindings& bindings, const Solved& then);
    void work();

    // oracle_terms.cpp: terms and patterns.
    void term(const Term& one, const Bindings& bindings, const Then& then);
    void all_of(std::span<const Term> terms, const Bindings& bindings, const Many& then);
    void name(const Term& one, const Bindings& bindings, const Then& then);
    void reference(const Term& one, const Bindings& bindings, const Then& then);
    void walk(const Term& one, const Bindings& bindings, const Then& then);
    void steps(const Value& from, std::span<const Term> keys, const Bindings& bindings, const Then& then);
    void comprehension(const Term& one, const Bindings& bindings, const Then& then);
    void call(const Term& one, const Bindings& bindings, const Then& then);
    [[nodiscard]] Value result_of(const std::string& function_name, const Values& operands);
    void match(const Term& pattern, const Value& value, const Bindings& bindings, const Solved& then);
    [[nodiscard]] bool is_ready(const Term& one, const Bindings& bindings, const Names& outside) const;
    [[nodiscard]] bool is_pattern_ready(const Term& one, const Bindings& bindings,
                                        const Names& outside) const;
    [[nodiscard]] bool is_literal_ready(const Literal& one, const Bindings& bindings,
                                        const Names& outside) const;
    [[nodiscard]] bool is_body_ready(const Body& one, const Names& declared, const Bindings& bindings,
                                     const Names& outside) const;
    [[nodiscard]] bool is_variable(const Term& one, const Bindings& bindings) const;

    const Module* module_;
    const BuiltinRegistry* builtins_;
    Arena* arena_;
    Value data_;
    Value input_;
    std::map<std::string, std::vector<const Rule*>> rules_;
    CacheSlots lasting_;
    CacheSlots query_;
    int steps_ = 0;
    int depth_ = 0;
};

/// Names of all variables in a term or body, also in nested bodies.
void collect_names(const Term& one, std::set<std::string>& names);
void collect_names(const Body& one, std::set<std::string>& names);
void collect_names(const Literal& one, std::set<std::string>& names);
/// Names that a statement declares: by some and :=.
[[nodiscard]] std::set<std::string> declared_by(const Literal& one);

/// Names that a body declares itself.
[[nodiscard]] std::set<std::string> declared_in(const Body& one);

} // namespace redoubt::rego::testing
