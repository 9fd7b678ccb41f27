// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Syntax trees with resolved names to instructions. Orders the statements of each body so that every
/// variable is bound before it is needed, and refuses bodies where that cannot be.

#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/rego/builtins/registry.hpp"
#include "common/rego/plan/program.hpp"
#include "common/rego/syntax/ast.hpp"

namespace redoubt::rego {

/// A set of variables by register, with a term to name each in messages.
using VarSet = std::map<std::int32_t, const Term*>;

struct PlanOptions {
    const BuiltinRegistry* builtins = nullptr;
    bool keep_prints = false;
    /// Builtins that are replaced by `with` somewhere: they may be named though this engine has none.
    const std::set<std::string>* replaced = nullptr;
};

class Planner {
  public:
    /// `program` knows the documents, functions and hosts; `unit` gets the instructions.
    Planner(const Program& program, CodeUnit& unit, const PlanOptions& options, Diagnostics& diagnostics)
        : program_(&program), unit_(&unit), options_(&options), diagnostics_(&diagnostics) {}

    struct Planned {
        std::uint32_t start = 0;
        std::uint32_t registers = 0;
        bool constant_result = false;
        Value constant;
    };

    /// One branch of a rule. `head` of a branch of `else` is the first branch's but for the value.
    Planned branch(const Rule& branch, const Rule& first, GroupKind kind, std::size_t path_size,
                   std::uint32_t slots, RegoVersion version);
    /// A query: the registers of `wanted` (some of them) are what a row consists of.
    Planned query(const Body& body, std::uint32_t slots, std::vector<std::int32_t>& expressions);

    /// Groups the last branch refers to.
    [[nodiscard]] const std::set<std::uint32_t>& references() const { return references_; }

  private:
    using Terms = std::span<const Term* const>;

    // emission.cpp
    std::size_t emit(Op op, std::int32_t a = 0, std::int32_t b = 0, std::int32_t c = 0,
                     std::uint8_t detail = 0);
    void end_block(std::size_t at) { unit_->code[at].c = static_cast<std::int32_t>(unit_->code.size()); }
    [[nodiscard]] Operand32 constant(const Value& value);
    [[nodiscard]] std::int32_t list(std::span<const std::int32_t> operands);
    [[nodiscard]] std::int32_t new_register() { return next_register_++; }
    [[nodiscard]] std::int32_t builtin_index(const Builtin* builtin);
    void complain(Location at, Complaint code, std::string message);
    void begin(std::uint32_t slots);

    // safety.cpp
    [[nodiscard]] bool is_bound(std::int32_t slot) const { return bound_[static_cast<std::size_t>(slot)]; }
    void bind(std::int32_t slot);
    void collect_vars(const Term& term, VarSet& vars) const;
    void collect_closure_vars(const Term& term, VarSet& vars) const;
    void collect_body_vars(const Body& body, VarSet& vars) const;
    void collect_literal_vars(const Literal& literal, VarSet& vars) const;
    void collect_literal_closure_vars(const Literal& literal, VarSet& vars) const;
    [[nodiscard]] bool all_bound(const Term& term, const VarSet& extra = {}) const;
    void collect_outputs(const Literal& literal, VarSet& outputs) const;
    void reference_outputs(const Term& term, VarSet& outputs) const;
    void unify_outputs(const Term& a, const Term& b, VarSet& outputs) const;
    [[nodiscard]] bool gives_value(const Term& term, const VarSet& outputs) const;
    void pattern_vars(const Term& pattern, VarSet& vars) const;
    /// The variables that keep a literal from being planned now; empty: it can be.
    [[nodiscard]] VarSet missing(const Literal& literal, const VarSet& body_vars) const;
    [[nodiscard]] bool is_print(const Literal& literal) const;

    // literals.cpp
    bool body(std::span<const Literal* const> literals);
    bool body(const Body& body);
    [[nodiscard]] bool has_value(const Term& term) const;
    void report_unsafe(std::span<const Literal* const> literals, const VarSet& body_vars);
    void literal(const Literal& literal);
    void literal_core(const Literal& literal);
    void negated(const Literal& literal);
    void not_body(const Literal& literal);
    void statement(const Term& term);
    void statement_call(const Term& call);
    void some_in(const Literal& literal);
    void every(const Literal& literal);
    void print(const Term& call);
    void with_targets(const Literal& literal, std::vector<std::int32_t>& operands);
    [[nodiscard]] bool with_target(const With& with, WithTarget& target);
    [[nodiscard]] bool with_function(const With& with, WithTarget& target);
    /// Plans the references of a term that bind variables, so that their values are ready.
    void hoist(const Term& term);
    /// Plans what a negated statement evaluates before the negation: calls inside it, and all operands of a
    /// call.
    void hoist_operands(const Term& term, bool references_too);

    // unify.cpp
    void unify(const Term& a, const Term& b);
    void unify_value(const Term& pattern, Operand32 value);
    void unify_pairs(std::vector<std::pair<const Term*, const Term*>> pairs, Location at);
    [[nodiscard]] bool can_unify(const Term& a, const Term& b) const;

    // terms.cpp
    [[nodiscard]] Operand32 term(const Term& term);
    [[nodiscard]] Operand32 new_term(const Term& term);
    [[nodiscard]] Operand32 variable(const Term& term);
    [[nodiscard]] Operand32 collection(const Term& term);
    [[nodiscard]] Operand32 comprehension(const Term& term);
    [[nodiscard]] Operand32 template_string(const Term& term);
    /// Empty: not fixed when it is written.
    [[nodiscard]] std::optional<Value> constant_value(const Term& term);
    [[nodiscard]] bool is_constant(const Term& term) const;

    // references.cpp
    [[nodiscard]] Operand32 reference(const Term& ref);
    [[nodiscard]] Operand32 data_reference(const Term& ref);
    [[nodiscard]] Operand32 follow(Operand32 base, std::span<const Term> keys);
    /// One key that is not bound: a scan that binds it.
    [[nodiscard]] Operand32 scan_key(Operand32 base, const Term& key);
    /// The document at a node and as many keys below it as are bound; takes those off `keys`.
    [[nodiscard]] Operand32 walk(std::int32_t node, std::vector<std::int32_t> first,
                                 std::span<const Term>& keys);
    [[nodiscard]] std::int32_t scan_below(std::int32_t node, const Term& key);
    void note_walk(std::int32_t node, std::span<const Term> keys);
    void note_below(std::int32_t node);

    // calls.cpp
    struct Callee {
        const Builtin* builtin = nullptr;
        std::int32_t group = -1;
        std::int32_t host = -1;
        std::string name;
        std::size_t arity = 0;
        bool known = false;
    };
    [[nodiscard]] Callee find_callee(const Term& call) const;
    /// The same, complaining when there is none or it may not be called.
    [[nodiscard]] Callee callee(const Term& call);
    [[nodiscard]] Operand32 call(const Term& call);
    [[nodiscard]] Operand32 call_with(const Callee& callee, const Term& call, std::size_t operands);
    [[nodiscard]] Operand32 operator_call(const Term& call);
    [[nodiscard]] std::vector<std::int32_t> operands_of(const Term& call, std::size_t count);
    void check_operands(const Callee& callee, const Term& call);
    void complain_arity(const Callee& callee, const Term& call);
    [[nodiscard]] std::int32_t find_function(const Term& ref) const;

    const Program* program_;
    CodeUnit* unit_;
    const PlanOptions* options_;
    Diagnostics* diagnostics_;
    std::vector<bool> bound_;
    std::int32_t next_register_ = 0;
    Location at_;
    std::uint16_t literal_number_ = 0;
    RegoVersion version_ = RegoVersion::v1;
    std::unordered_map<const Term*, Operand32> planned_;
    std::set<std::uint32_t> references_;
    std::unordered_map<const Builtin*, std::int32_t> builtin_numbers_;
};

/// "equal" to Comparison::equal and so on; false for other names.
[[nodiscard]] bool comparison_of(std::string_view function, Comparison& comparison);

} // namespace redoubt::rego
