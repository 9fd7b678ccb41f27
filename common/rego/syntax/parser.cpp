// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/syntax/parser.hpp"

#include <format>

#include "common/rego/syntax/grammar.hpp"

namespace redoubt::rego {

Parser::Parser(const std::vector<Source>& sources, std::uint32_t file, RegoVersion version,
               const ParseLimits& limits)
    : sources_(&sources), file_(file), version_(version), limits_(limits), lexer_(file, sources[file].text) {
    if (version == RegoVersion::v1) lexer_.keywords = {true, true, true, true};
    if (sources[file].text.size() > limits.max_bytes) {
        error_ = Failure{{file, 1, 1},
                         Complaint::limit,
                         std::format("the text is larger than {} bytes", limits.max_bytes)};
        return;
    }
    advance();
}

void Parser::use_all_keywords() {
    lexer_.keywords = {true, true, true, true};
}

Diagnostic Parser::error() const {
    return error_ ? diagnose(*sources_, error_->at, error_->code, error_->message) : Diagnostic{};
}

bool Parser::Nesting::too_deep() const {
    if (parser_->depth_ <= parser_->limits_.max_depth) return false;
    if (!parser_->error_) {
        parser_->error_ = Failure{parser_->token_.at, Complaint::limit,
                                  std::format("nested deeper than {}", parser_->limits_.max_depth)};
    }
    return true;
}

void Parser::advance() {
    previous_ = token_;
    token_ = lexer_.next();
    if (token_.kind == TokenKind::illegal) (void)fail(std::string(token_.text));
}

bool Parser::is_any(std::initializer_list<TokenKind> kinds) const {
    for (const TokenKind kind : kinds) {
        if (token_.kind == kind) return true;
    }
    return false;
}

bool Parser::accept(TokenKind kind) {
    if (!is(kind)) return false;
    advance();
    return true;
}

bool Parser::expect(TokenKind kind, std::string_view what) {
    if (accept(kind)) return true;
    (void)unexpected(what);
    return false;
}

void Parser::restore(const Place& place) {
    lexer_ = place.lexer;
    token_ = place.token;
    previous_ = place.previous;
    error_ = place.error;
    generated_ = place.generated;
}

std::nullopt_t Parser::fail(std::string message) {
    return fail_at(token_.at, std::move(message));
}

std::nullopt_t Parser::fail_at(Location at, std::string message) {
    if (!error_) error_ = Failure{at, Complaint::parse, std::move(message)};
    return std::nullopt;
}

std::nullopt_t Parser::unexpected(std::string_view hint) {
    std::string what(name_of(token_.kind));
    const bool wordy = is_any({TokenKind::identifier, TokenKind::number, TokenKind::string});
    if (wordy) what += std::format(" {}", token_.text);
    if (hint.empty()) return fail(std::format("unexpected {}", what));
    return fail(std::format("unexpected {}: {}", what, hint));
}

Term Parser::generated_var(Location at) {
    Term var(TermKind::var, at);
    var.text = std::format("$t{}", generated_++);
    return var;
}

Parsed<Module> parse_module(const std::vector<Source>& sources, std::uint32_t file, RegoVersion version,
                            const ParseLimits& limits) {
    Parser parser(sources, file, version, limits);
    auto module = parser.failed() ? std::nullopt : parser.module();
    if (!module || parser.failed()) return std::unexpected(parser.error());
    return *std::move(module);
}

Parsed<Body> parse_query(const std::vector<Source>& sources, std::uint32_t file, const ParseLimits& limits) {
    Parser parser(sources, file, RegoVersion::v1, limits);
    auto body = parser.failed() ? std::nullopt : parser.body(TokenKind::end);
    if (!body || parser.failed()) return std::unexpected(parser.error());
    return *std::move(body);
}

Parsed<Term> parse_single_term(const std::vector<Source>& sources, std::uint32_t file,
                               const ParseLimits& limits) {
    Parser parser(sources, file, RegoVersion::v1, limits);
    auto term = parser.failed() ? std::nullopt : parser.expression();
    if (!term || parser.failed()) return std::unexpected(parser.error());
    if (parser.token().kind != TokenKind::end) {
        return std::unexpected(
            diagnose(sources, parser.token().at, Complaint::parse, "something follows the term"));
    }
    return *std::move(term);
}

} // namespace redoubt::rego
