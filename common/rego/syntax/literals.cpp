// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/syntax/grammar.hpp"

namespace redoubt::rego {

std::optional<Body> Parser::body(TokenKind end) {
    const Nesting nesting(*this);
    if (nesting.too_deep()) return std::nullopt;
    Body made;
    made.at = token_.at;
    if (is(end)) return fail("found empty body");
    while (true) {
        auto one = literal();
        if (!one) return std::nullopt;
        made.literals.push_back(*std::move(one));
        const bool separated = accept(TokenKind::semicolon);
        if (is(end)) {
            if (end != TokenKind::end) advance();
            return made;
        }
        if (!separated && !token_.after_line_break) {
            return unexpected("expected a line break, ; or " + std::string(name_of(end)));
        }
    }
}

std::optional<Literal> Parser::literal() {
    if (failed()) return std::nullopt;
    const Location at = token_.at;
    if (is(TokenKind::kw_not) && lexer_.keywords.not_body) return not_literal();
    const bool negated = accept(TokenKind::kw_not);
    std::optional<Literal> made;
    if (is(TokenKind::kw_some)) {
        if (negated) return fail("illegal negation of 'some'");
        made = some_literal();
    } else if (is(TokenKind::kw_every)) {
        if (negated) return fail("illegal negation of 'every'");
        made = every_literal();
    } else {
        made = expression_literal();
    }
    if (!made) return std::nullopt;
    made->at = at;
    made->negated = negated;
    if (is(TokenKind::kw_with) && !with_modifiers(*made)) return std::nullopt;
    return made;
}

std::optional<Literal> Parser::not_literal() {
    const Nesting nesting(*this);
    if (nesting.too_deep()) return std::nullopt;
    Literal made;
    made.kind = LiteralKind::not_body;
    made.at = token_.at;
    advance();
    made.body = std::make_unique<Body>();
    made.body->at = token_.at;
    if (accept(TokenKind::left_brace)) {
        auto inside = body(TokenKind::right_brace);
        if (!inside) return std::nullopt;
        *made.body = *std::move(inside);
        if (is(TokenKind::kw_with) && !with_modifiers(made)) return std::nullopt;
        return made;
    }
    auto inside = literal();
    if (!inside) return std::nullopt;
    made.body->literals.push_back(*std::move(inside));
    return made;
}

std::optional<Literal> Parser::expression_literal() {
    Literal made;
    auto left = expression();
    if (!left) return std::nullopt;
    made.assigns = is(TokenKind::assign);
    made.unifies = is(TokenKind::unify);
    made.terms.push_back(*std::move(left));
    if (!made.assigns && !made.unifies) {
        take_sides(made, std::move(made.terms.back()));
        return made;
    }
    advance();
    auto right = expression();
    if (!right) return std::nullopt;
    made.terms.push_back(*std::move(right));
    return made;
}

void Parser::take_sides(Literal& literal, Term term) const {
    literal.terms.clear();
    // `eq(a, b)` and `assign(a, b)` are what the operators stand for.
    const bool call =
        term.kind == TermKind::call && term.terms.size() == 3 && term.terms[0].kind == TermKind::var;
    if (call && (term.terms[0].text == "eq" || term.terms[0].text == "assign")) {
        literal.unifies = term.terms[0].text == "eq";
        literal.assigns = !literal.unifies;
        literal.terms.push_back(std::move(term.terms[1]));
        literal.terms.push_back(std::move(term.terms[2]));
        return;
    }
    literal.terms.push_back(std::move(term));
}

std::optional<Literal> Parser::some_literal() {
    Literal made;
    made.kind = LiteralKind::some_declaration;
    advance();
    const Location at = token_.at;
    auto first = expression();
    if (!first) return std::nullopt;
    const bool member =
        first->kind == TermKind::call && first->infix && first->terms[0].text.starts_with("internal.member_");
    if (member) {
        made.kind = LiteralKind::some_in;
        first->terms.erase(first->terms.begin());
        made.terms = std::move(first->terms);
        return made;
    }
    made.terms.push_back(*std::move(first));
    while (accept(TokenKind::comma)) {
        auto next = expression();
        if (!next) return std::nullopt;
        made.terms.push_back(*std::move(next));
    }
    for (const Term& term : made.terms) {
        if (term.kind != TermKind::var) return fail_at(at, "expected var, or `x in xs`, after some");
    }
    if (is(TokenKind::kw_in)) return unexpected("expected at most two variables before in");
    return made;
}

std::optional<Literal> Parser::every_literal() {
    Literal made;
    made.kind = LiteralKind::every;
    advance();
    const auto variable = [&]() -> bool {
        if (!is(TokenKind::identifier)) {
            (void)unexpected("expected variable after every");
            return false;
        }
        Term var(TermKind::var, token_.at);
        var.text = token_.text;
        made.terms.push_back(std::move(var));
        advance();
        return true;
    };
    if (!variable()) return std::nullopt;
    if (accept(TokenKind::comma) && !variable()) return std::nullopt;
    if (!expect(TokenKind::kw_in, "expected `x[, y] in xs { ... }` expression")) return std::nullopt;
    // The body's brace must not be taken for an operand: a single term or operators only.
    auto collection = list_expression();
    if (!collection) return std::nullopt;
    made.terms.push_back(*std::move(collection));
    if (!expect(TokenKind::left_brace, "missing body")) return std::nullopt;
    auto inside = body(TokenKind::right_brace);
    if (!inside) return std::nullopt;
    made.body = std::make_unique<Body>(*std::move(inside));
    return made;
}

bool Parser::with_modifiers(Literal& literal) {
    while (is(TokenKind::kw_with)) {
        With with;
        with.at = token_.at;
        advance();
        auto target = operand();
        if (!target) return false;
        if (target->kind != TermKind::var && target->kind != TermKind::ref) {
            (void)fail_at(with.at, "expected with target: a reference");
            return false;
        }
        with.target = *std::move(target);
        if (!expect(TokenKind::kw_as, "expected `as` after the target of with")) return false;
        auto value = expression();
        if (!value) return false;
        with.value = *std::move(value);
        literal.withs.push_back(std::move(with));
    }
    return true;
}

} // namespace redoubt::rego
