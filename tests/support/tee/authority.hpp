// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Keys, certificates and revocation lists made on the spot, by the simulator's own makers. Test code:
/// failures abort.

#include <string>
#include <string_view>
#include <vector>

#include "common/crypto/keys.hpp"
#include "common/tee/evidence/certificate.hpp"
#include "services/simtee/certificate_maker.hpp"

namespace redoubt::tests {

using services::simtee::Identity;

/// Ends the test when something could not be made.
template <class T>
T require(Result<T> made) {
    return std::move(made).value(); // throws, which no test expects
}

class Key {
  public:
    static Key ec(const char* curve);
    [[nodiscard]] const crypto::PrivateKey& native() const { return key_; }
    /// ECDSA: r and s, big endian, `size` bytes each.
    [[nodiscard]] std::string sign(tee::Hash hash, std::string_view message, std::size_t size) const;

    /// x and y, big endian.
    [[nodiscard]] std::string point() const;

  private:
    explicit Key(crypto::PrivateKey key) : key_(std::move(key)) {}
    crypto::PrivateKey key_;
};

/// What authorities of tests are good for: 2025 to 2044.
[[nodiscard]] services::simtee::Validity validity();

/// A list of `issuer`'s naming these serials, from the start of 2025 to `next_update`.
tee::RevocationList make_list(const Identity& issuer, const std::vector<long>& serials,
                              const char* next_update = "2044-01-01");

} // namespace redoubt::tests
