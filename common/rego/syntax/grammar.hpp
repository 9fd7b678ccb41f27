// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The parser's state and productions; for the files of common/rego/syntax only.
/// A production that fails notes the error once and returns nothing; callers unwind.

#include <initializer_list>
#include <optional>
#include <string>

#include "common/rego/syntax/lexer.hpp"
#include "common/rego/syntax/parser.hpp"

namespace redoubt::rego {

class Parser {
  public:
    Parser(const std::vector<Source>& sources, std::uint32_t file, RegoVersion version,
           const ParseLimits& limits);

    // rules.cpp
    [[nodiscard]] std::optional<Module> module();

    // literals.cpp
    /// Literals up to `end`, which is consumed.
    [[nodiscard]] std::optional<Body> body(TokenKind end);
    [[nodiscard]] std::optional<Literal> literal();

    // terms.cpp
    /// A term with operators; `k, v in xs` too.
    [[nodiscard]] std::optional<Term> expression();
    /// The same where a comma separates: only `v in xs`.
    [[nodiscard]] std::optional<Term> list_expression();

    [[nodiscard]] const Token& token() const { return token_; }
    [[nodiscard]] bool failed() const { return error_.has_value(); }
    [[nodiscard]] Diagnostic error() const;
    void use_all_keywords();

  private:
    /// What went wrong, before it is told: guesses at a construct fail often, and a diagnosis looks through
    /// the text.
    struct Failure {
        Location at;
        Complaint code = Complaint::parse;
        std::string message;
    };
    struct Place {
        Lexer lexer;
        Token token;
        Token previous;
        std::optional<Failure> error;
        std::uint32_t generated;
    };
    /// Counts nesting; false when it is too deep.
    class Nesting {
      public:
        explicit Nesting(Parser& parser) : parser_(&parser) { ++parser_->depth_; }
        Nesting(const Nesting&) = delete;
        Nesting& operator=(const Nesting&) = delete;
        ~Nesting() { --parser_->depth_; }
        [[nodiscard]] bool too_deep() const;

      private:
        Parser* parser_;
    };

    void advance();
    [[nodiscard]] bool is(TokenKind kind) const { return token_.kind == kind; }
    [[nodiscard]] bool is_any(std::initializer_list<TokenKind> kinds) const;
    [[nodiscard]] bool accept(TokenKind kind);
    [[nodiscard]] bool expect(TokenKind kind, std::string_view what);
    [[nodiscard]] Place save() const { return {lexer_, token_, previous_, error_, generated_}; }
    void restore(const Place& place);
    /// Notes an error at the current token unless there is one already. Returns nullopt for any optional.
    std::nullopt_t fail(std::string message);
    std::nullopt_t fail_at(Location at, std::string message);
    std::nullopt_t unexpected(std::string_view hint = {});
    /// Whether the token touches the one before it: `f(`, `x[`, `x.y`.
    [[nodiscard]] bool adjoins() const { return token_.begin == previous_.end; }
    [[nodiscard]] Term generated_var(Location at);

    // rules.cpp
    [[nodiscard]] bool package(Module& module);
    [[nodiscard]] bool import(Module& module);
    [[nodiscard]] bool import_keyword(Module& module, const Import& import);
    [[nodiscard]] bool import_path(Import& import);
    [[nodiscard]] bool rules(Module& module);
    [[nodiscard]] bool rule_head(Rule& rule);
    [[nodiscard]] bool rule_head_value(Rule& rule);
    [[nodiscard]] bool rule_body(Rule& rule);
    [[nodiscard]] bool body_after_if(Rule& rule);
    [[nodiscard]] bool else_chain(Rule& rule);
    [[nodiscard]] bool else_value(Rule& branch);
    [[nodiscard]] bool finish_rule(Rule& rule, Module& module);
    [[nodiscard]] bool more_bodies(const Rule& rule, Module& module);
    [[nodiscard]] bool check_default(const Rule& rule);
    [[nodiscard]] bool check_v1(const Rule& rule);

    // literals.cpp
    [[nodiscard]] std::optional<Literal> some_literal();
    [[nodiscard]] std::optional<Literal> every_literal();
    [[nodiscard]] std::optional<Literal> not_literal();
    [[nodiscard]] std::optional<Literal> expression_literal();
    [[nodiscard]] bool with_modifiers(Literal& literal);
    void take_sides(Literal& literal, Term term) const;

    // terms.cpp
    /// Goes on after an operand that was already read: no text is ever read twice for a collection.
    [[nodiscard]] std::optional<Term> list_expression_after(Term first);
    [[nodiscard]] std::optional<Term> membership(Location at, Term first);
    [[nodiscard]] std::optional<Term> binary(std::size_t level, std::optional<Term> first);
    [[nodiscard]] std::optional<Term> operand();
    [[nodiscard]] std::optional<Term> primary();
    [[nodiscard]] Term simple_term(TermKind kind);
    [[nodiscard]] std::optional<Term> name_or_empty_set();
    [[nodiscard]] std::optional<Term> negative();
    [[nodiscard]] std::optional<Term> parenthesised();
    [[nodiscard]] std::optional<Term> string_term();
    [[nodiscard]] std::optional<Term> template_term();
    [[nodiscard]] bool template_expression(Term& whole);
    [[nodiscard]] std::optional<Term> finish_reference(Term head);
    [[nodiscard]] std::optional<Term> call(Term function);

    // collections.cpp
    [[nodiscard]] std::optional<Term> array();
    [[nodiscard]] std::optional<Term> set_or_object();
    [[nodiscard]] std::optional<Term> comprehension(TermKind kind, TokenKind end, Location at,
                                                    std::vector<Term> head);
    [[nodiscard]] std::optional<Term> rest_of_set(Location at, Term first);
    [[nodiscard]] std::optional<Term> rest_of_object(Location at, Term key);
    [[nodiscard]] bool list(TokenKind end, std::vector<Term>& out);

    const std::vector<Source>* sources_;
    std::uint32_t file_;
    RegoVersion version_;
    ParseLimits limits_;
    Lexer lexer_;
    Token token_;
    Token previous_;
    std::size_t depth_ = 0;
    std::uint32_t generated_ = 0;
    std::optional<Failure> error_;
};

} // namespace redoubt::rego
