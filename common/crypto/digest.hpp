// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Hashing with OpenSSL, and the content digest that names blobs: "sha256:<hex>".

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

struct evp_md_ctx_st;
struct evp_md_st;

namespace redoubt::crypto {

enum class HashAlgorithm : std::uint8_t { sha256, sha384, sha512 };

/// "sha256" and so on.
[[nodiscard]] std::string_view name_of(HashAlgorithm algorithm);
/// The way back, for exactly these names.
[[nodiscard]] std::optional<HashAlgorithm> hash_of_name(std::string_view name);
/// Length of the hash value in bytes.
[[nodiscard]] std::size_t size_of(HashAlgorithm algorithm);

/// A valid content digest. It cannot hold anything else: made by parse() or by hashing.
/// Source: OCI image-spec 1.1, descriptor.md "Digests" (sha384 is our addition for measurements; manifests
/// refuse it).
class Digest {
  public:
    /// Errors: invalid_argument naming what is wrong: the algorithm, the length, or a character that is not
    /// lower-case hex.
    [[nodiscard]] static Result<Digest> parse(std::string_view text);

    [[nodiscard]] HashAlgorithm algorithm() const { return algorithm_; }
    [[nodiscard]] const std::string& hex() const { return hex_; }
    /// "sha256:<hex>".
    [[nodiscard]] std::string str() const;

    auto operator<=>(const Digest&) const = default;

  private:
    friend class Hasher;
    Digest(HashAlgorithm algorithm, std::string hex) : algorithm_(algorithm), hex_(std::move(hex)) {}

    HashAlgorithm algorithm_;
    std::string hex_;
};

/// Hashes bytes as they come. After finish() it can be used again for another message.
/// Errors: internal, when the cryptographic library fails. Thread: any, one at a time.
class Hasher {
  public:
    [[nodiscard]] static Result<Hasher> make(HashAlgorithm algorithm = HashAlgorithm::sha256);

    Status update(std::string_view bytes);
    /// The digest of everything since make() or the last finish.
    [[nodiscard]] Result<Digest> finish();
    /// The same as raw bytes.
    [[nodiscard]] Result<std::string> finish_raw();

  private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const;
        void operator()(evp_md_st* method) const;
    };
    Hasher(HashAlgorithm algorithm, std::unique_ptr<evp_md_st, Free> method,
           std::unique_ptr<evp_md_ctx_st, Free> context);
    Status start();

    HashAlgorithm algorithm_;
    std::unique_ptr<evp_md_st, Free> method_;
    std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// The digest of bytes in memory.
[[nodiscard]] Result<Digest> digest_of(std::string_view bytes,
                                       HashAlgorithm algorithm = HashAlgorithm::sha256);

/// The same as raw bytes. Errors: internal.
[[nodiscard]] Result<std::string> raw_digest(std::string_view bytes, HashAlgorithm algorithm);

} // namespace redoubt::crypto
