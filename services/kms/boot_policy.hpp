// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Which boots may open a TPM's slot: PCR 7 as it was (who may sign what the firmware starts), and any PCR 11
/// (kernel, initrd, command line, phase of the boot) that the owner of a key has signed a policy for. So an
/// update of the kernel opens, and another kernel does not. Pure.
/// Source: TPM 2.0 library part 3, PolicyPCR, PolicyAuthorize, PolicyAuthValue; systemd-measure(1),
/// systemd-stub(7).

#include <tss2/tss2_tpm2_types.h>

#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/crypto/keys.hpp"

namespace redoubt::services::kms {

inline constexpr unsigned k_pcr_secure_boot = 7;
inline constexpr unsigned k_pcr_kernel = 11;

/// The key that signs policies: RSA, as systemd-measure takes it.
class PolicySigner {
  public:
    /// A SubjectPublicKeyInfo in PEM or DER. Errors: invalid_argument also when it is no RSA key of 2048,
    /// 3072 or 4096 bits.
    static Result<PolicySigner> parse(std::string_view bytes);

    /// SubjectPublicKeyInfo, DER.
    [[nodiscard]] std::string spki() const { return key_.spki(); }
    /// What signature files know the key by: SHA-256 of its PKCS #1 form, hex.
    [[nodiscard]] const std::string& fingerprint() const { return fingerprint_; }
    /// As a TPM loads it.
    [[nodiscard]] const TPM2B_PUBLIC& area() const { return area_; }
    /// The name a TPM gives it, raw.
    [[nodiscard]] const std::string& name() const { return name_; }

  private:
    PolicySigner(crypto::PublicKey key, std::string fingerprint, const TPM2B_PUBLIC& area, std::string name)
        : key_(std::move(key)), fingerprint_(std::move(fingerprint)), area_(area), name_(std::move(name)) {}

    crypto::PublicKey key_;
    std::string fingerprint_;
    TPM2B_PUBLIC area_;
    std::string name_;
};

/// A policy that somebody signed.
struct SignedPolicy {
    const PolicySigner* signer = nullptr; ///< borrowed
    std::string digest;                   ///< raw
    std::string signature;                ///< RSASSA-PKCS1-v1.5 with SHA-256 over the digest
};

/// Selects one PCR of the bank for SHA-256.
[[nodiscard]] TPML_PCR_SELECTION selection_of(unsigned pcr);

/// The digest that is signed: nothing but PCR 11 of this value. Errors: internal.
[[nodiscard]] Result<std::string> kernel_policy(std::string_view pcr_11);
/// The digest that a slot is sealed for: a kernel policy signed by `signer`, PCR 7 of this value, and where
/// there is one the PIN. Errors: internal.
[[nodiscard]] Result<std::string> slot_policy(const PolicySigner& signer, std::string_view pcr_7,
                                              bool has_pin);

/// Finds the signature of a policy in a file as systemd-measure writes it. Limits: 1 MiB, 1024 signatures.
/// Errors: invalid_argument malformed; permission_denied there is none by this key for this policy.
[[nodiscard]] Result<SignedPolicy> find_signature(std::string_view file, const PolicySigner& signer,
                                                  std::string_view policy);

} // namespace redoubt::services::kms
