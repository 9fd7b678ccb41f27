// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Ciphers and message authentication for data that comes in pieces.

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/crypto/secret.hpp"

struct evp_cipher_ctx_st;
struct evp_mac_ctx_st;

namespace redoubt::crypto {

inline constexpr std::size_t k_ctr_counter_size = 16;
inline constexpr std::size_t k_hmac_sha256_size = 32;

/// AES-256 in counter mode: the same call encrypts and decrypts. It says nothing of whether the bytes were
/// changed: see HmacSha256. A counter must never come twice with one key. Source: NIST SP 800-38A, 6.5.
/// Thread: any, one at a time.
class Aes256Ctr {
  public:
    /// `counter`: the first block's, 16 bytes, counted up as one big-endian number. Errors: invalid_argument
    /// a length; internal.
    [[nodiscard]] static Result<Aes256Ctr> make(const Secret& key, std::string_view counter);

    /// The next bytes, in place. Errors: internal.
    Status apply(std::span<char> bytes);

  private:
    struct Free {
        void operator()(evp_cipher_ctx_st* context) const; ///< OpenSSL wipes the key
    };
    explicit Aes256Ctr(std::unique_ptr<evp_cipher_ctx_st, Free> context) : context_(std::move(context)) {}

    std::unique_ptr<evp_cipher_ctx_st, Free> context_;
};

/// HMAC with SHA-256 of bytes as they come. Source: RFC 2104, FIPS 198-1. Thread: any, one at a time.
class HmacSha256 {
  public:
    /// Errors: internal.
    [[nodiscard]] static Result<HmacSha256> make(const Secret& key);

    Status update(std::string_view bytes);
    /// Of everything since make(): 32 bytes. The end of its use.
    [[nodiscard]] Result<std::string> finish();

  private:
    struct Free {
        void operator()(evp_mac_ctx_st* context) const;
    };
    explicit HmacSha256(std::unique_ptr<evp_mac_ctx_st, Free> context) : context_(std::move(context)) {}

    std::unique_ptr<evp_mac_ctx_st, Free> context_;
};

} // namespace redoubt::crypto
