// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "tests/support/tee/authority.hpp"

#include <cstdlib>

namespace redoubt::tests {

Key Key::ec(const char* curve) {
    return Key(require(crypto::PrivateKey::generate(crypto::curve_of_name(curve).value())));
}

std::string Key::sign(tee::Hash hash, std::string_view message, std::size_t size) const {
    const auto algorithm =
        hash == tee::Hash::sha384 ? crypto::HashAlgorithm::sha384 : crypto::HashAlgorithm::sha256;
    auto pair = require(key_.sign_ecdsa(algorithm, message));
    if (pair.size() != 2 * size) std::abort();
    return pair;
}

std::string Key::point() const {
    const auto point = require(key_.public_key()).point().value();
    return point.x + point.y;
}

services::simtee::Validity validity() {
    return {require(tee::parse_time("2025-01-01")), require(tee::parse_time("2044-01-01"))};
}

tee::RevocationList make_list(const Identity& issuer, const std::vector<long>& serials,
                              const char* next_update) {
    const services::simtee::Validity fresh{validity().from, require(tee::parse_time(next_update))};
    return require(
        tee::RevocationList::parse(require(services::simtee::make_revocation_list(issuer, serials, fresh))));
}

} // namespace redoubt::tests
