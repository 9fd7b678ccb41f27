// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <array>
#include <utility>

#include "common/rego/syntax/grammar.hpp"

namespace redoubt::rego {
namespace {

/// A binary operator: how tightly it binds, and the builtin that means it. In the order of TokenKind.
struct Operator {
    std::size_t level;
    std::string_view function;
};

constexpr std::array<Operator, 13> k_operators = {{{0, "equal"},
                                                   {0, "neq"},
                                                   {0, "lt"},
                                                   {0, "lte"},
                                                   {0, "gt"},
                                                   {0, "gte"},
                                                   {3, "plus"},
                                                   {3, "minus"},
                                                   {4, "mul"},
                                                   {4, "div"},
                                                   {4, "rem"},
                                                   {2, "and"},
                                                   {1, "or"}}};

const Operator* operator_of(TokenKind kind) {
    if (kind < TokenKind::equal || kind > TokenKind::bar) return nullptr;
    return &k_operators[static_cast<std::size_t>(kind) - static_cast<std::size_t>(TokenKind::equal)];
}

Term infix_call(std::string_view function, Location at, std::vector<Term> operands) {
    Term made(TermKind::call, at);
    made.infix = true;
    Term name(TermKind::var, at);
    name.text = function;
    made.terms.push_back(std::move(name));
    for (Term& operand : operands) made.terms.push_back(std::move(operand));
    return made;
}

template <class... Terms>
std::vector<Term> listed(Terms&&... terms) {
    std::vector<Term> list;
    (list.push_back(std::forward<Terms>(terms)), ...);
    return list;
}

} // namespace

std::optional<Term> Parser::expression() {
    const Nesting nesting(*this);
    if (nesting.too_deep()) return std::nullopt;
    const Location at = token_.at;
    auto left = binary(0, std::nullopt);
    if (!left || !is(TokenKind::comma)) return left ? membership(at, *std::move(left)) : std::nullopt;
    const Place place = save();
    advance();
    auto value = binary(0, std::nullopt);
    if (!value) return std::nullopt;
    if (!is(TokenKind::kw_in)) {
        // `some x, y`: the list is the caller's. Nothing else may follow a comma here.
        if (value->kind != TermKind::var) return unexpected();
        restore(place);
        return left;
    }
    advance();
    auto collection = binary(0, std::nullopt);
    if (!collection) return std::nullopt;
    return membership(at, infix_call("internal.member_3", at,
                                     listed(*std::move(left), *std::move(value), *std::move(collection))));
}

std::optional<Term> Parser::list_expression() {
    const Nesting nesting(*this);
    if (nesting.too_deep()) return std::nullopt;
    const Location at = token_.at;
    auto left = binary(0, std::nullopt);
    return left ? membership(at, *std::move(left)) : std::nullopt;
}

std::optional<Term> Parser::list_expression_after(Term first) {
    const Location at = first.at;
    auto left = binary(0, std::move(first));
    return left ? membership(at, *std::move(left)) : std::nullopt;
}

std::optional<Term> Parser::membership(Location at, Term first) {
    std::optional<Term> left = std::move(first);
    while (is(TokenKind::kw_in)) {
        advance();
        auto collection = binary(0, std::nullopt);
        if (!collection) return std::nullopt;
        left = infix_call("internal.member_2", at, listed(*std::move(left), *std::move(collection)));
    }
    return left;
}

std::optional<Term> Parser::binary(std::size_t level, std::optional<Term> first) {
    const Location at = first ? first->at : token_.at;
    if (!first) first = operand();
    while (first) {
        const Operator* found = operator_of(token_.kind);
        if (found == nullptr || found->level < level) return first;
        advance();
        auto right = binary(found->level + 1, std::nullopt);
        if (!right) return std::nullopt;
        first = infix_call(found->function, at, listed(*std::move(first), *std::move(right)));
    }
    return std::nullopt;
}

std::optional<Term> Parser::operand() {
    const Nesting nesting(*this);
    if (nesting.too_deep() || failed()) return std::nullopt;
    return primary();
}

std::optional<Term> Parser::primary() {
    if (is(TokenKind::kw_null)) return simple_term(TermKind::null);
    if (is_any({TokenKind::kw_true, TokenKind::kw_false})) return simple_term(TermKind::boolean);
    if (is(TokenKind::number)) return simple_term(TermKind::number);
    if (is(TokenKind::minus)) return negative();
    if (is(TokenKind::template_start)) return template_term();
    if (is(TokenKind::left_paren)) return parenthesised();
    std::optional<Term> head;
    if (is_any({TokenKind::string, TokenKind::raw_string})) {
        head = string_term();
    } else if (is(TokenKind::identifier) || (is(TokenKind::kw_contains) && lexer_.at_parenthesis())) {
        // `contains(` calls the builtin of that name.
        head = name_or_empty_set();
    } else if (is(TokenKind::left_bracket)) {
        head = array();
    } else if (is(TokenKind::left_brace)) {
        head = set_or_object();
    } else {
        return unexpected();
    }
    return head ? finish_reference(*std::move(head)) : std::nullopt;
}

Term Parser::simple_term(TermKind kind) {
    Term term(kind, token_.at);
    term.text = token_.text;
    advance();
    return term;
}

std::optional<Term> Parser::name_or_empty_set() {
    const bool may_be_set = token_.text == "set";
    Term name = simple_term(TermKind::var);
    if (!may_be_set || !is(TokenKind::left_paren) || !adjoins()) return name;
    const Place place = save();
    advance();
    if (accept(TokenKind::right_paren)) return Term(TermKind::set, name.at);
    restore(place);
    return name;
}

std::optional<Term> Parser::negative() {
    const Location at = token_.at;
    advance();
    if (is(TokenKind::number)) {
        Term term(TermKind::number, at);
        term.text = "-" + std::string(token_.text);
        advance();
        return term;
    }
    return unexpected("expected number");
}

std::optional<Term> Parser::parenthesised() {
    advance();
    auto inside = expression();
    if (!inside) return std::nullopt;
    if (!accept(TokenKind::right_paren)) return fail("non-terminated expression");
    return inside;
}

std::optional<Term> Parser::string_term() {
    Term term(TermKind::string, token_.at);
    if (is(TokenKind::raw_string)) {
        term.text = token_.text;
    } else if (!decode_string(token_.text.substr(1, token_.text.size() - 2), term.text)) {
        return fail("illegal string escape sequence");
    }
    advance();
    return term;
}

std::optional<Term> Parser::template_term() {
    const bool raw = token_.text.ends_with('`');
    Term whole(TermKind::template_string, token_.at);
    lexer_.rewind_to(token_);
    while (true) {
        Lexer::Chunk chunk = lexer_.next_chunk(raw);
        if (!chunk.error.empty()) return fail_at(chunk.at, chunk.error);
        if (!chunk.text.empty()) {
            Term text(TermKind::string, chunk.at);
            text.literal = true;
            text.text = std::move(chunk.text);
            whole.terms.push_back(std::move(text));
        }
        if (!chunk.opens_expression) break;
        if (!template_expression(whole)) return std::nullopt;
    }
    // The lexer stands behind the closing quote.
    Token closing = token_;
    closing.end = lexer_.offset();
    token_ = closing;
    advance();
    return whole;
}

bool Parser::template_expression(Term& whole) {
    const Nesting nesting(*this);
    if (nesting.too_deep()) return false;
    advance();
    if (is(TokenKind::right_brace)) {
        (void)fail("invalid template-string expression: expression expected");
        return false;
    }
    auto inside = literal();
    if (!inside) return false;
    if (inside->kind != LiteralKind::expression || inside->negated || inside->terms.size() != 1) {
        (void)fail_at(inside->at, "invalid template-string expression: a term expected");
        return false;
    }
    if (!is(TokenKind::right_brace)) {
        (void)unexpected("expected }");
        return false;
    }
    // Only its end matters: what follows is text again.
    lexer_.rewind_to(token_);
    Term var = generated_var(inside->at);
    inside->unifies = true;
    inside->terms.insert(inside->terms.begin(), var);
    Term part(TermKind::set_comprehension, inside->at);
    part.terms.push_back(std::move(var));
    part.body = std::make_unique<Body>();
    part.body->at = inside->at;
    part.body->literals.push_back(*std::move(inside));
    whole.terms.push_back(std::move(part));
    return true;
}

std::optional<Term> Parser::finish_reference(Term head) {
    while (adjoins() && is_any({TokenKind::dot, TokenKind::left_bracket, TokenKind::left_paren}) &&
           !failed()) {
        if (is(TokenKind::left_paren)) {
            if (head.kind != TermKind::var && head.kind != TermKind::ref) return head;
            auto made = call(std::move(head));
            if (!made) return std::nullopt;
            head = *std::move(made);
            continue;
        }
        Term key;
        if (is(TokenKind::dot)) {
            advance();
            const bool word = token_.kind >= TokenKind::kw_package && token_.kind <= TokenKind::kw_contains;
            if (!adjoins() || (!is(TokenKind::identifier) && !word)) return unexpected("expected identifier");
            key = Term(TermKind::string, token_.at);
            key.text = token_.text;
            advance();
        } else {
            advance();
            auto inside = expression();
            if (!inside) return std::nullopt;
            if (!expect(TokenKind::right_bracket, "expected ]")) return std::nullopt;
            key = *std::move(inside);
        }
        if (head.kind == TermKind::ref) {
            head.terms.push_back(std::move(key));
        } else {
            Term reference(TermKind::ref, head.at);
            reference.terms.push_back(std::move(head));
            reference.terms.push_back(std::move(key));
            head = std::move(reference);
        }
    }
    if (failed()) return std::nullopt;
    return head;
}

std::optional<Term> Parser::call(Term function) {
    Term made(TermKind::call, function.at);
    made.terms.push_back(std::move(function));
    advance();
    if (!list(TokenKind::right_paren, made.terms)) return std::nullopt;
    return made;
}

} // namespace redoubt::rego
