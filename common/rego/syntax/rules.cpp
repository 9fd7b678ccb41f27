// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <format>

#include "common/rego/syntax/grammar.hpp"

namespace redoubt::rego {
namespace {

/// Whether a term is fixed when it is written: no variables, references or calls outside comprehensions.
const Term* find_open_part(const Term& term) {
    switch (term.kind) {
    case TermKind::var:
    case TermKind::ref:
    case TermKind::call: return &term;
    case TermKind::array:
    case TermKind::object:
    case TermKind::set:
        for (const Term& child : term.terms) {
            if (const Term* found = find_open_part(child)) return found;
        }
        return nullptr;
    case TermKind::null:
    case TermKind::boolean:
    case TermKind::number:
    case TermKind::string:
    case TermKind::template_string:
    case TermKind::array_comprehension:
    case TermKind::set_comprehension:
    case TermKind::object_comprehension: break;
    }
    return nullptr;
}

std::string_view word_for(TermKind kind) {
    return kind == TermKind::var ? "var" : kind == TermKind::ref ? "ref" : "call";
}

std::string name_of_head(const Head& head) {
    std::string text = head.ref.front().text;
    for (std::size_t i = 1; i < head.ref.size(); ++i) {
        text += head.ref[i].kind == TermKind::string ? "." + head.ref[i].text : "[" + head.ref[i].text + "]";
    }
    return text;
}

} // namespace

std::optional<Module> Parser::module() {
    Module made;
    made.file = file_;
    made.version = version_;
    if (!is(TokenKind::kw_package))
        return is(TokenKind::end) ? fail("empty module") : fail("package expected");
    if (!package(made)) return std::nullopt;
    while (!is(TokenKind::end) && !failed()) {
        if (accept(TokenKind::semicolon)) continue;
        if (is(TokenKind::kw_import) && !import(made)) return std::nullopt;
        if (is(TokenKind::kw_import) || is(TokenKind::end)) continue;
        if (is(TokenKind::kw_package)) return unexpected();
        if (!rules(made)) return std::nullopt;
    }
    made.version = version_;
    made.comments = std::move(lexer_.comments);
    if (failed()) return std::nullopt;
    return made;
}

bool Parser::package(Module& module) {
    advance();
    module.package_at = token_.at;
    if (token_.after_line_break || (!is(TokenKind::identifier) && !is_any({TokenKind::string}))) {
        (void)unexpected("expected identifier");
        return false;
    }
    auto path = operand();
    if (!path) return false;
    std::vector<Term> parts;
    if (path->kind == TermKind::ref) {
        parts = std::move(path->terms);
    } else {
        parts.push_back(*std::move(path));
    }
    for (const Term& part : parts) {
        const bool first = &part == &parts.front();
        if (part.kind != (first ? TermKind::var : TermKind::string)) {
            (void)fail_at(part.at, "package path must be a variable followed by strings");
            return false;
        }
        module.package.push_back(part.text);
    }
    if (module.package.front() == "data" && module.package.size() > 1)
        module.package.erase(module.package.begin());
    return true;
}

bool Parser::import_path(Import& import) {
    auto path = operand();
    if (!path) return false;
    std::vector<Term> parts;
    if (path->kind == TermKind::ref) {
        parts = std::move(path->terms);
    } else {
        parts.push_back(*std::move(path));
    }
    for (const Term& part : parts) {
        const bool first = &part == &parts.front();
        if (part.kind != (first ? TermKind::var : TermKind::string)) {
            (void)fail_at(part.at, "invalid import path: expected a variable followed by strings");
            return false;
        }
        import.path.push_back(part.text);
    }
    const std::string& root = import.path.front();
    if (root == "data" || root == "input" || root == "future" || root == "rego") return true;
    (void)fail_at(
        import.at,
        std::format("invalid import path, must begin with one of: {{data, future, input, rego}}, got: {}",
                    root));
    return false;
}

bool Parser::import(Module& module) {
    Import made;
    made.at = token_.at;
    advance();
    if (!import_path(made)) return false;
    if (accept(TokenKind::kw_as)) {
        if (!is(TokenKind::identifier)) {
            (void)unexpected("expected var as alias");
            return false;
        }
        made.alias = token_.text;
        advance();
        if (made.alias == "_") {
            (void)fail_at(made.at, "unexpected wildcard: an alias must be a name");
            return false;
        }
    } else {
        made.alias = made.path.back();
    }
    if (made.path.front() == "future" || made.path.front() == "rego") return import_keyword(module, made);
    if (is(TokenKind::end) || token_.after_line_break || is(TokenKind::semicolon)) {
        module.imports.push_back(std::move(made));
        return true;
    }
    (void)unexpected("expected a line break after an import");
    return false;
}

bool Parser::import_keyword(Module& module, const Import& import) {
    const auto& path = import.path;
    if (path.front() == "rego") {
        if (path.size() != 2 || path[1] != "v1") {
            (void)fail_at(import.at, "invalid import, must be `rego.v1`");
            return false;
        }
        if (import.alias != path.back()) {
            (void)fail_at(import.at, "`rego` imports cannot be aliased");
            return false;
        }
        version_ = RegoVersion::v1;
        use_all_keywords();
    } else {
        if (path.size() < 2 || path.size() > 3 || path[1] != "keywords") {
            (void)fail_at(import.at, "invalid import, must be `future.keywords`");
            return false;
        }
        if (import.alias != path.back()) {
            (void)fail_at(import.at, "`future` imports cannot be aliased");
            return false;
        }
        const std::string keyword = path.size() == 3 ? path[2] : "";
        const bool all = keyword.empty();
        if (!all && keyword != "in" && keyword != "every" && keyword != "if" && keyword != "contains" &&
            keyword != "not") {
            (void)fail_at(
                import.at,
                std::format("unexpected keyword, must be one of [contains every if in not], got: {}",
                            keyword));
            return false;
        }
        Keywords& known = lexer_.keywords;
        known.in = known.in || all || keyword == "in" || keyword == "every";
        known.every = known.every || all || keyword == "every";
        known.if_ = known.if_ || all || keyword == "if";
        known.contains = known.contains || all || keyword == "contains";
        known.not_body = known.not_body || keyword == "not";
    }
    // The token after the import was read before its words were known.
    lexer_.rewind_to(previous_);
    token_ = previous_;
    advance();
    (void)module;
    return true;
}

bool Parser::rules(Module& module) {
    Rule rule;
    rule.at = token_.at;
    if (is(TokenKind::kw_default)) {
        advance();
        rule.is_default = true;
    }
    if (!is(TokenKind::identifier)) {
        (void)unexpected(rule.is_default ? "expected rule head" : "expected import, default or rule head");
        return false;
    }
    if (!rule_head(rule)) return false;
    if (rule.is_default) {
        if (!check_default(rule)) return false;
        module.rules.push_back(std::move(rule));
        return true;
    }
    if (is(TokenKind::kw_if) || is(TokenKind::left_brace)) {
        if (!rule_body(rule)) return false;
    }
    return finish_rule(rule, module);
}

bool Parser::rule_head(Rule& rule) {
    Head& head = rule.head;
    head.at = token_.at;
    if (token_.text == "_") {
        (void)fail("a rule cannot be named _");
        return false;
    }
    auto name = operand();
    if (!name) return false;
    if (name->kind == TermKind::call) {
        head.has_args = name->terms.size() > 1;
        head.is_callable = !head.has_args;
        head.args.assign(std::make_move_iterator(name->terms.begin() + 1),
                         std::make_move_iterator(name->terms.end()));
        Term function = std::move(name->terms.front());
        name = std::move(function);
    }
    if (name->kind == TermKind::ref) {
        head.ref = std::move(name->terms);
    } else {
        head.ref.push_back(*std::move(name));
    }
    if (head.ref.front().kind != TermKind::var) {
        (void)fail_at(head.at, "unexpected term: a rule's name expected");
        return false;
    }
    return rule_head_value(rule);
}

bool Parser::rule_head_value(Rule& rule) {
    Head& head = rule.head;
    if (is(TokenKind::kw_contains)) {
        if (head.has_args) {
            (void)fail("the contains keyword can only be used with multi-value rule definitions (e.g., p "
                       "contains x { ... })");
            return false;
        }
        advance();
        rule.uses_contains = true;
        head.element = expression();
        return head.element.has_value();
    }
    if (is(TokenKind::assign) || is(TokenKind::unify)) {
        head.assigns = is(TokenKind::assign);
        advance();
        head.value = expression();
        return head.value.has_value();
    }
    return true;
}

bool Parser::rule_body(Rule& rule) {
    rule.has_body = true;
    if (accept(TokenKind::kw_if)) {
        rule.uses_if = true;
        return body_after_if(rule);
    }
    advance();
    auto inside = body(TokenKind::right_brace);
    if (!inside) return false;
    rule.body = *std::move(inside);
    return true;
}

bool Parser::body_after_if(Rule& rule) {
    const Place place = save();
    const bool brace = is(TokenKind::left_brace);
    // `if {...}` is a body unless it can only be a term, such as `{1, 2} == xs`; a lone set counts as a body.
    auto one = literal();
    if (one) {
        const bool lone_set = one->terms.size() == 1 && one->terms[0].kind == TermKind::set && brace;
        const bool ends =
            token_.after_line_break || is_any({TokenKind::end, TokenKind::semicolon, TokenKind::kw_else});
        if (!lone_set && (ends || !brace)) {
            rule.body.at = one->at;
            rule.body.literals.push_back(*std::move(one));
            return true;
        }
    }
    if (!brace) return false;
    restore(place);
    advance();
    auto inside = body(TokenKind::right_brace);
    if (!inside) return false;
    rule.body = *std::move(inside);
    return true;
}

bool Parser::finish_rule(Rule& rule, Module& module) {
    Head& head = rule.head;
    // v0: `p[x]` and `p[x] { ... }` name elements of a set.
    if (!rule.uses_if && !rule.uses_contains && !head.has_args && !head.value && head.ref.size() == 2) {
        if (version_ == RegoVersion::v1) {
            (void)fail_at(rule.at, rule.has_body ? "`if` keyword is required before rule body"
                                                 : "`contains` keyword is required for partial set rules");
            return false;
        }
        head.element = std::move(head.ref.back());
        head.ref.pop_back();
    }
    if (!rule.has_body && !head.value && !head.element) {
        (void)fail_at(
            rule.at,
            head.ref.size() == 1 && !head.has_args
                ? std::format("var cannot be used for rule name: {}", head.ref.front().text)
                : std::format("{} must have value assignment and/or body declaration", name_of_head(head)));
        return false;
    }
    if (!check_v1(rule)) return false;
    if (is(TokenKind::kw_else)) {
        if (head.element) {
            (void)fail("else keyword cannot be used on multi-value rules");
            return false;
        }
        const bool open = std::ranges::any_of(head.ref.begin() + 1, head.ref.end(),
                                              [](const Term& key) { return find_open_part(key) != nullptr; });
        if (open) {
            (void)fail("else keyword cannot be used on rules with variables in head");
            return false;
        }
        if (!else_chain(rule)) return false;
    }
    const Rule& first = module.rules.emplace_back(std::move(rule));
    if (version_ == RegoVersion::v0 && is(TokenKind::left_brace)) {
        const Rule copy_source{.at = first.at, .head = first.head};
        if (first.otherwise) {
            (void)unexpected("expected else keyword");
            return false;
        }
        return more_bodies(copy_source, module);
    }
    if (is(TokenKind::end) || token_.after_line_break || is(TokenKind::semicolon)) return true;
    (void)unexpected("expected a line break after a rule");
    return false;
}

bool Parser::more_bodies(const Rule& rule, Module& module) {
    while (is(TokenKind::left_brace)) {
        Rule next{.at = token_.at, .head = rule.head};
        if (!rule_body(next)) return false;
        module.rules.push_back(std::move(next));
    }
    return true;
}

bool Parser::else_chain(Rule& rule) {
    Rule* last = &rule;
    while (is(TokenKind::kw_else)) {
        auto branch = std::make_unique<Rule>();
        branch->at = token_.at;
        advance();
        branch->head.at = branch->at;
        if (!else_value(*branch)) return false;
        if (is(TokenKind::kw_if) || is(TokenKind::left_brace)) {
            if (version_ == RegoVersion::v1 && is(TokenKind::left_brace)) {
                (void)fail_at(branch->at, "`if` keyword is required before rule body");
                return false;
            }
            if (!rule_body(*branch)) return false;
        } else if (!branch->head.value) {
            (void)unexpected("expected else value term or rule body");
            return false;
        }
        last->otherwise = std::move(branch);
        last = last->otherwise.get();
    }
    return true;
}

bool Parser::else_value(Rule& branch) {
    if (!is(TokenKind::assign) && !is(TokenKind::unify)) return true;
    advance();
    branch.head.value = expression();
    return branch.head.value.has_value();
}

bool Parser::check_default(const Rule& rule) {
    const Head& head = rule.head;
    if (head.element) {
        (void)fail_at(rule.at, "default rules cannot be multi-value rules");
        return false;
    }
    if (!head.value) {
        (void)unexpected("expected default rule value");
        return false;
    }
    if (const Term* open = find_open_part(*head.value)) {
        (void)fail_at(rule.at,
                      std::format("illegal default rule (value cannot contain {})", word_for(open->kind)));
        return false;
    }
    std::vector<std::string> seen;
    for (const Term& arg : head.args) {
        if (arg.kind != TermKind::var) {
            (void)fail_at(rule.at, "illegal default rule (arguments cannot contain anything but variables)");
            return false;
        }
        if (arg.text != "_" && std::ranges::find(seen, arg.text) != seen.end()) {
            (void)fail_at(rule.at,
                          std::format("illegal default rule (arguments cannot be repeated {})", arg.text));
            return false;
        }
        seen.push_back(arg.text);
    }
    for (const Term& key : std::span(head.ref).subspan(1)) {
        if (find_open_part(key) == nullptr) continue;
        (void)fail_at(rule.at, "illegal default rule (head must be ground)");
        return false;
    }
    if (is(TokenKind::kw_if) || (is(TokenKind::left_brace) && !token_.after_line_break)) {
        (void)unexpected("a default rule has no body");
        return false;
    }
    return true;
}

bool Parser::check_v1(const Rule& rule) {
    if (version_ != RegoVersion::v1) return true;
    if (rule.has_body && !rule.uses_if) {
        (void)fail_at(rule.at, "`if` keyword is required before rule body");
        return false;
    }
    return true;
}

} // namespace redoubt::rego
