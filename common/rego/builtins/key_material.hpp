// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// PEM blocks, keys and certificates by OpenSSL, for the files of common/rego/builtins that show or use them.

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "common/rego/builtins/builtin.hpp"

namespace redoubt::rego {

struct FreeOpenssl {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(X509_REQ* request) const { X509_REQ_free(request); }
    void operator()(BIGNUM* number) const { BN_clear_free(number); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeOpenssl>;
using Certificate = std::unique_ptr<X509, FreeOpenssl>;
using CertificateRequest = std::unique_ptr<X509_REQ, FreeOpenssl>;
using BigNumber = std::unique_ptr<BIGNUM, FreeOpenssl>;

struct PemBlock {
    std::string type;
    std::string bytes;
    std::string_view rest; ///< what follows it
};

/// The first block of a text; nothing when there is none.
[[nodiscard]] std::optional<PemBlock> next_pem_block(std::string_view text);

/// From DER, which must be all of `bytes`; null when it is not one.
[[nodiscard]] Certificate read_certificate(std::string_view bytes);
/// Certificates one after the other.
[[nodiscard]] std::expected<std::vector<Certificate>, std::string> read_certificates(std::string_view bytes);
[[nodiscard]] Key read_public_key(std::string_view bytes);
/// By the type of its PEM block: PKCS #1, PKCS #8 or SEC 1.
[[nodiscard]] Key read_private_key(std::string_view type, std::string_view bytes);
/// Takes RSA, EC and OKP keys. Null: not one.
[[nodiscard]] Key key_of_jwk(const Value& jwk);

/// A part of a key by its name in OpenSSL ("n", "e", "d", "rsa-factor1", "qx" ...); null when it has none.
[[nodiscard]] BigNumber key_number(const EVP_PKEY& key, const char* name);
[[nodiscard]] Number number_of(Arena& arena, const BIGNUM& number);
/// Raw bytes of an Ed25519 key.
[[nodiscard]] std::string raw_public_key(const EVP_PKEY& key);
[[nodiscard]] std::string raw_private_key(const EVP_PKEY& key);

/// Objects as Go's encoding/json shows crypto keys.
[[nodiscard]] Value show_public_key(Arena& arena, const EVP_PKEY& key);
[[nodiscard]] Value show_private_key(Arena& arena, const EVP_PKEY& key);
/// Go's x509.Certificate as JSON; `uris` adds OPA's own list of URIs.
[[nodiscard]] Value show_certificate(Arena& arena, X509& certificate, bool uris);
[[nodiscard]] Value show_request(Arena& arena, X509_REQ& request);
/// Numbers of Go's x509.ExtKeyUsage that a certificate lists.
[[nodiscard]] std::vector<int> key_usages_of(const X509& certificate);

} // namespace redoubt::rego
