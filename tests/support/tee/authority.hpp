// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Keys, certificates and revocation lists made on the spot. Test code: failures abort.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/tee/evidence/certificate.hpp"

struct evp_pkey_st;

namespace redoubt::tests {

class Key {
  public:
    static Key rsa();
    static Key ec(const char* curve);
    [[nodiscard]] evp_pkey_st* native() const { return native_.get(); }
    /// ECDSA: r and s, big endian, `size` bytes each.
    [[nodiscard]] std::string sign(tee::Hash hash, std::string_view message, std::size_t size) const;
    /// x and y of an EC key, big endian.
    [[nodiscard]] std::string point() const;

  private:
    explicit Key(evp_pkey_st* native);
    std::shared_ptr<evp_pkey_st> native_; // shared by copies
};

struct Extension {
    std::string oid;
    std::string value;
};

struct CertificateSpec {
    std::string common_name;
    std::string organisation = "REDOUBT SIMULATION - NOT A TEE";
    bool is_authority = false;
    long serial = 0;
    std::vector<Extension> extensions;
    std::string not_before = "20250101000000Z";
    std::string not_after = "20450101000000Z";
};

/// A certificate with its key.
struct Identity {
    tee::Certificate certificate;
    Key key;
};

/// Signed by `issuer`, or by itself when there is none. RSA keys sign PSS with SHA-384, EC keys ECDSA with
/// SHA-256.
Identity make_identity(const CertificateSpec& spec, Key key, const Identity* issuer);
/// A list of `issuer`'s naming these serials, fresh from 2025 to 2044.
tee::RevocationList make_list(const Identity& issuer, const std::vector<long>& serials,
                              const char* next_update = "20440101000000Z");

/// DER of numbers, texts, octets and sequences.
std::string der_number(unsigned value);
std::string der(unsigned char tag, std::string_view content);

} // namespace redoubt::tests
