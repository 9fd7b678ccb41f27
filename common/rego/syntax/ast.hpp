// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The syntax tree of Rego modules and queries, as the parser makes it. Later passes write only the fields
/// that say so.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace redoubt::rego {

/// A place in a source text; rows and columns count from 1, columns in bytes.
struct Location {
    std::uint32_t file = 0; ///< index into the sources of a compilation
    std::uint32_t row = 0;
    std::uint32_t column = 0;
};

enum class RegoVersion : std::uint8_t { v0, v1 };

enum class TermKind : std::uint8_t {
    null,
    boolean, ///< text "true" or "false"
    number,  ///< text as written
    string,  ///< text decoded
    var,     ///< text is the name; wildcards are named "_" and never the same
    ref,     ///< terms: head, then keys
    array,
    object, ///< terms: key, value, key, value...
    set,
    array_comprehension,  ///< terms: the head
    set_comprehension,    ///< terms: the head
    object_comprehension, ///< terms: key, value
    call,                 ///< terms: the function (var or ref), then operands
    template_string,      ///< terms: strings and expressions in turn
};

struct Body;

struct Term {
    TermKind kind = TermKind::null;
    bool infix = false;   ///< a call written with an operator, or as `x in y`
    bool literal = false; ///< in a template string: the text between expressions
    Location at;
    std::string text;
    std::vector<Term> terms;
    std::unique_ptr<Body> body; ///< of a comprehension
    std::int32_t slot = -1;     ///< of a variable, once resolved: its register

    Term();
    Term(TermKind term_kind, Location where);
    Term(const Term& other);
    Term& operator=(const Term& other);
    Term(Term&&) noexcept;
    Term& operator=(Term&&) noexcept;
    ~Term();
};

struct With {
    Location at;
    Term target;
    Term value;
};

/// not_body: `not` with `future.keywords.not` imported; what is negated is the body.
enum class LiteralKind : std::uint8_t { expression, some_declaration, some_in, every, not_body };

/// One statement of a body.
struct Literal {
    LiteralKind kind = LiteralKind::expression;
    bool negated = false;
    bool assigns = false; ///< `:=` or `=`: `terms` are its two sides
    bool unifies = false;
    Location at;
    /// expression: one term, or two sides; some_declaration: the variables;
    /// some_in and every: key (or none: two terms), value, collection.
    std::vector<Term> terms;
    std::unique_ptr<Body> body; ///< of every and not_body
    std::vector<With> withs;

    Literal();
    Literal(const Literal& other);
    Literal& operator=(const Literal& other);
    Literal(Literal&&) noexcept;
    Literal& operator=(Literal&&) noexcept;
    ~Literal();
};

struct Body {
    Location at;
    std::vector<Literal> literals;
};

// Terms and literals own bodies and bodies own them: what destroys a body can only be defined where it is
// whole.
inline Term::Term() = default;
inline Term::Term(TermKind term_kind, Location where) : kind(term_kind), at(where) {}
inline Term::Term(Term&&) noexcept = default;
inline Term& Term::operator=(Term&&) noexcept = default;
inline Term::~Term() = default;
inline Literal::Literal() = default;
inline Literal::Literal(Literal&&) noexcept = default;
inline Literal& Literal::operator=(Literal&&) noexcept = default;
inline Literal::~Literal() = default;

struct Head {
    Location at;
    /// The rule's name (a var), then the terms of its reference.
    std::vector<Term> ref;
    bool has_args = false;
    bool is_callable = false; ///< without operands: written `f()`, a document that may be called so
    std::vector<Term> args;
    std::optional<Term> element; ///< `contains element`, or the key of a v0 partial set
    std::optional<Term> value;   ///< none: true
    bool assigns = false;        ///< written with `:=`
};

struct Rule {
    Location at;
    bool is_default = false;
    bool has_body = false; ///< written; otherwise the body is empty and holds
    bool uses_if = false;
    bool uses_contains = false;
    Head head;
    Body body;
    std::unique_ptr<Rule> otherwise; ///< `else`; of its head only the value counts
};

struct Import {
    Location at;
    std::vector<std::string> path; ///< "data", "foo", "bar"
    std::string alias;             ///< the name it goes by
};

/// A comment: its place, and where in the source what follows the # begins and ends.
struct Comment {
    Location at;
    std::size_t begin = 0;
    std::size_t end = 0;
};

struct Module {
    std::uint32_t file = 0;
    RegoVersion version = RegoVersion::v1;
    Location package_at;
    std::vector<std::string> package; ///< without "data"
    std::vector<Import> imports;
    std::vector<Rule> rules;
    std::vector<Comment> comments; ///< in the order of the text
};

/// Calls `visit` for each variable of a term. Enters comprehensions only when told.
template <class Visit>
void visit_terms(const Term& term, const Visit& visit) {
    visit(term);
    for (const Term& child : term.terms) visit_terms(child, visit);
}

} // namespace redoubt::rego
