// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Names to things: every variable gets its register, every name of a rule, import or builtin its full path.
/// Afterwards a `var` is a register (slot >= 0), or `data` or `input` (slot -1) at the head of a ref; a
/// call's function is a ref below data, or a var whose text is a builtin's full name.

#include <functional>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/rego/syntax/ast.hpp"
#include "common/rego/syntax/diagnostic.hpp"

namespace redoubt::rego {

struct ResolvedRule {
    std::uint32_t slots = 0; ///< registers used by variables; those below the arity are the operands
};

/// What names mean in one module.
struct ModuleNames {
    /// Name to path: {"data", "pkg", "rule"} or {"input", "x"}.
    std::unordered_map<std::string, std::vector<std::string>> globals;
    RegoVersion version = RegoVersion::v1;
    /// Says whether a name is a builtin's or a host function's.
    std::function<bool(const std::string&)> is_function;
    /// Says whether "data.pkg.f" is a document that may be called, f().
    std::function<bool(const std::string&)> is_callable;
};

enum class Strictness : std::uint8_t { normal, strict };

class Resolver {
  public:
    Resolver(const std::vector<Source>& sources, const ModuleNames& names, Strictness strictness,
             Diagnostics& diagnostics)
        : sources_(&sources), names_(&names), strictness_(strictness), diagnostics_(&diagnostics) {}

    /// Resolves a rule with all its branches in place.
    ResolvedRule rule(Rule& rule);
    /// Resolves a query; `variables` gets the names of its variables by slot (wildcards and generated ones
    /// left out).
    ResolvedRule query(Body& body, std::vector<std::pair<std::string, std::int32_t>>& variables);

    /// Imports that were named at least once.
    [[nodiscard]] const std::set<std::string>& used_globals() const { return used_globals_; }

  private:
    enum class Origin : std::uint8_t { argument, some, assignment, every };
    struct Declared {
        std::int32_t slot = -1;
        Origin origin = Origin::some;
        Location at;
        bool used = false;
    };
    struct Scope {
        std::map<std::string, Declared> declared;
        std::set<std::string> pending;   ///< declared somewhere in this body
        std::set<std::string> seen;      ///< used before any declaration
        std::set<std::string> mentioned; ///< used here first, without being declared anywhere
    };

    void branch(Rule& rule, const std::vector<Term>* args);
    void head(Rule& rule);
    void body(Body& body);
    void literal(Literal& literal);
    void assignment(Literal& literal);
    void term(Term& term);
    void variable(Term& term);
    void reference(Term& term);
    void call(Term& term);
    void comprehension(Term& term);
    void every(Literal& literal);
    void with(With& with);
    /// Declares the variables of a pattern in the innermost scope.
    void declare(Term& pattern, Origin origin);
    void declare_name(Term& var, Origin origin);
    void collect_pending(const Body& body, std::set<std::string>& names) const;
    /// Names that a `some ... in` declares.
    [[nodiscard]] std::set<std::string> declared_by(const Literal& some_in) const;
    /// `some x in xs[x]` is refused.
    void refuse_own_names(const Literal& some_in);
    void collect_pattern(const Term& pattern, std::set<std::string>& names) const;
    void pop_scope();
    [[nodiscard]] const std::vector<std::string>* find_global(const std::string& name);
    [[nodiscard]] Declared* find_declared(const std::string& name);
    /// Whether some enclosing body declares the name, perhaps further down.
    [[nodiscard]] bool is_local(const std::string& name);
    void complain(Location at, std::string message, Complaint code = Complaint::compile);
    [[nodiscard]] std::int32_t new_slot() { return next_slot_++; }

    const std::vector<Source>* sources_;
    const ModuleNames* names_;
    Strictness strictness_;
    Diagnostics* diagnostics_;
    std::vector<Scope> scopes_;
    std::map<std::string, std::int32_t> undeclared_;
    std::int32_t next_slot_ = 0;
    std::set<std::string> used_globals_;
};

} // namespace redoubt::rego
