// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <chrono>
#include <string>

#include "common/crypto/certificate.hpp"
#include "common/crypto/self_signed.hpp"

namespace redoubt::test {

/// A key and the certificate it signs for itself.
struct Identity {
    std::string certificate; ///< PEM
    std::string key;         ///< PEM
    crypto::Digest fingerprint;
};

inline Identity make_identity(const std::string& name) {
    const auto key = crypto::PrivateKey::generate(crypto::Curve::p256).value();
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const auto der =
        crypto::make_self_signed(key, name, now - std::chrono::hours(1), std::chrono::days(10)).value();
    auto facts = crypto::read_certificate(der).value();
    return {std::move(facts.pem), std::string(key.pem().value().view()), std::move(facts.fingerprint)};
}

} // namespace redoubt::test
