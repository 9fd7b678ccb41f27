// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/syntax/grammar.hpp"

namespace redoubt::rego {

bool Parser::list(TokenKind end, std::vector<Term>& out) {
    while (!is(end)) {
        auto item = list_expression();
        if (!item) return false;
        out.push_back(*std::move(item));
        if (is(end)) break;
        // A comma may follow the last item.
        if (!expect(TokenKind::comma, "expected a comma or the end of the list")) return false;
    }
    advance();
    return true;
}

std::optional<Term> Parser::comprehension(TermKind kind, TokenKind end, Location at, std::vector<Term> head) {
    advance();
    auto inside = body(end);
    if (!inside) return std::nullopt;
    Term made(kind, at);
    made.terms = std::move(head);
    made.body = std::make_unique<Body>(*std::move(inside));
    return made;
}

std::optional<Term> Parser::array() {
    const Location at = token_.at;
    advance();
    Term made(TermKind::array, at);
    if (accept(TokenKind::right_bracket)) return made;
    // The head of a comprehension is a single term: `[x | ...]`; `|` is an operator too.
    auto head = operand();
    if (!head) return std::nullopt;
    if (is(TokenKind::bar)) {
        std::vector<Term> terms;
        terms.push_back(*std::move(head));
        return comprehension(TermKind::array_comprehension, TokenKind::right_bracket, at, std::move(terms));
    }
    auto first = list_expression_after(*std::move(head));
    if (!first) return std::nullopt;
    made.terms.push_back(*std::move(first));
    if (accept(TokenKind::right_bracket)) return made;
    if (!expect(TokenKind::comma, "expected a comma or ]")) return std::nullopt;
    if (!list(TokenKind::right_bracket, made.terms)) return std::nullopt;
    return made;
}

std::optional<Term> Parser::set_or_object() {
    const Location at = token_.at;
    advance();
    if (accept(TokenKind::right_brace)) return Term(TermKind::object, at);
    auto head = operand();
    if (!head) return std::nullopt;
    if (is(TokenKind::bar)) {
        std::vector<Term> terms;
        terms.push_back(*std::move(head));
        return comprehension(TermKind::set_comprehension, TokenKind::right_brace, at, std::move(terms));
    }
    auto first = list_expression_after(*std::move(head));
    if (!first) return std::nullopt;
    if (is_any({TokenKind::comma, TokenKind::right_brace})) return rest_of_set(at, *std::move(first));
    if (is(TokenKind::colon)) return rest_of_object(at, *std::move(first));
    return unexpected("non-terminated set");
}

std::optional<Term> Parser::rest_of_set(Location at, Term first) {
    Term made(TermKind::set, at);
    made.terms.push_back(std::move(first));
    if (accept(TokenKind::right_brace)) return made;
    advance();
    if (!list(TokenKind::right_brace, made.terms)) return std::nullopt;
    return made;
}

std::optional<Term> Parser::rest_of_object(Location at, Term key) {
    Term made(TermKind::object, at);
    advance();
    auto value = operand();
    if (!value) return std::nullopt;
    if (is(TokenKind::bar)) {
        std::vector<Term> terms;
        terms.push_back(std::move(key));
        terms.push_back(*std::move(value));
        return comprehension(TermKind::object_comprehension, TokenKind::right_brace, at, std::move(terms));
    }
    value = list_expression_after(*std::move(value));
    while (value) {
        made.terms.push_back(std::move(key));
        made.terms.push_back(*std::move(value));
        if (accept(TokenKind::right_brace)) return made;
        if (!expect(TokenKind::comma, "expected a comma or }")) return std::nullopt;
        if (accept(TokenKind::right_brace)) return made;
        auto next = list_expression();
        if (!next) return std::nullopt;
        key = *std::move(next);
        if (!expect(TokenKind::colon, "expected : after a key")) return std::nullopt;
        value = list_expression();
    }
    return std::nullopt;
}

} // namespace redoubt::rego
