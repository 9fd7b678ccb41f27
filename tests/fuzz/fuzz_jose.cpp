// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/encoding/canonical_json.hpp"
#include "common/jose/jwe.hpp"
#include "common/jose/jwk.hpp"
#include "common/jose/jws.hpp"

/// Any bytes are refused as token, key or encrypted answer, or are one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt;
    static const auto key = crypto::PrivateKey::generate(crypto::Curve::p256).value();
    static const auto verifier = key.public_key().value();
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (const auto token = jose::parse_jws(bytes)) (void)jose::verify_jws(*token, verifier, token->algorithm);
    (void)jose::decrypt_jwe(bytes, key);
    if (const auto document = json::parse("fuzz", bytes)) {
        (void)json::canonical(*document->root().value());
        if (const auto jwk = jose::parse_jwk(document->root())) (void)jose::thumbprint(jwk->key);
    }
    return 0;
}
