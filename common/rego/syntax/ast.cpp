// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/syntax/ast.hpp"

namespace redoubt::rego {
namespace {

std::unique_ptr<Body> copy_of(const std::unique_ptr<Body>& body) {
    return body ? std::make_unique<Body>(*body) : nullptr;
}

} // namespace

Term::Term(const Term& other)
    : kind(other.kind), infix(other.infix), literal(other.literal), at(other.at), text(other.text),
      terms(other.terms), body(copy_of(other.body)), slot(other.slot) {}

Term& Term::operator=(const Term& other) {
    if (this != &other) *this = Term(other);
    return *this;
}

Literal::Literal(const Literal& other)
    : kind(other.kind), negated(other.negated), assigns(other.assigns), unifies(other.unifies), at(other.at),
      terms(other.terms), body(copy_of(other.body)), withs(other.withs) {}

Literal& Literal::operator=(const Literal& other) {
    if (this != &other) *this = Literal(other);
    return *this;
}

} // namespace redoubt::rego
