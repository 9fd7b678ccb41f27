// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Certificates and revocation lists of authorities that exist only here. Every one says so: its organisation
/// is the simulator's mark and an extension of our own repeats it, so that an anchor made of it is of the
/// class simulation.

#include <string>
#include <string_view>
#include <vector>

#include "common/crypto/keys.hpp"
#include "common/tee/evidence/certificate.hpp"

namespace redoubt::services::simtee {

/// The extension that says "simulation"; not critical, as verifiers have to take their usual road. Source:
/// ITU-T X.667, an OID from a UUID.
inline constexpr const char* k_simulation_oid = "2.25.144945484221232481107277727889996910486";

/// Both ends count.
struct Validity {
    tee::Time from;
    tee::Time until;
};

struct Extension {
    std::string oid;
    std::string value; ///< the bytes inside extnValue
};

struct CertificateSpec {
    std::string common_name;
    bool is_authority = false;
    long serial = 0;
    std::vector<Extension> extensions;
    Validity validity;
};

/// A certificate with its key.
struct Identity {
    tee::Certificate certificate;
    crypto::PrivateKey key;
};

/// Signed by `issuer`, or by itself when that is null. RSA keys sign PSS with SHA-384, EC keys ECDSA with
/// SHA-256. Errors: internal.
[[nodiscard]] Result<Identity> make_identity(const CertificateSpec& spec, crypto::PrivateKey key,
                                             const Identity* issuer);

/// A list of `issuer`'s naming these serials, DER. Errors: internal.
[[nodiscard]] Result<std::string> make_revocation_list(const Identity& issuer,
                                                       const std::vector<long>& serials, Validity validity);

/// Errors: internal.
[[nodiscard]] Result<std::string> pem_of(const tee::Certificate& certificate);

/// DER of a number, and of anything by its tag. Limits: contents below 64 KiB.
[[nodiscard]] std::string der_number(unsigned value);
[[nodiscard]] std::string der(unsigned char tag, std::string_view content);

} // namespace redoubt::services::simtee
