// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Initdata: what the owner of a workload gives its guest at launch, bound to the hardware's report by its
/// digest. Not secret: the host reads it. Pure. Source: CoCo initdata 0.1.0; docs/formats/initdata.md.

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/crypto/digest.hpp"

namespace redoubt::initdata {

/// The TOML text, in bytes.
inline constexpr std::size_t k_max_toml = 1U << 20U;
/// Entries of [data].
inline constexpr std::size_t k_max_entries = 64;

/// Entries with a meaning; a guest ignores others.
inline constexpr std::string_view k_policy_entry = "policy.rego";
inline constexpr std::string_view k_attestation_entry = "aa.toml";
inline constexpr std::string_view k_data_hub_entry = "cdh.toml";

/// SNP's HOST_DATA and TDX's MRCONFIGID, in bytes.
inline constexpr std::size_t k_host_data_size = 32;
inline constexpr std::size_t k_mr_config_id_size = 48;

/// A valid initdata text, and what its digest is. Made by parse() only.
class Initdata {
  public:
    /// Errors: invalid_argument "initdata:LINE:COLUMN: what is wrong"; resource_exhausted too large.
    [[nodiscard]] static Result<Initdata> parse(std::string_view toml);

    /// The hash over the bytes as they were delivered, by the algorithm they name.
    [[nodiscard]] const crypto::Digest& digest() const { return digest_; }
    /// The digest's bytes, cut or padded with zeros to what the hardware takes.
    [[nodiscard]] std::string host_data() const { return bound_to(k_host_data_size); }
    [[nodiscard]] std::string mr_config_id() const { return bound_to(k_mr_config_id_size); }

    /// [data]: name to text.
    [[nodiscard]] const std::map<std::string, std::string, std::less<>>& entries() const { return entries_; }
    /// Null when there is no such entry. Lifetime: borrows this.
    [[nodiscard]] const std::string* find(std::string_view name) const;

  private:
    Initdata(crypto::Digest digest, std::map<std::string, std::string, std::less<>> entries)
        : digest_(std::move(digest)), entries_(std::move(entries)) {}
    [[nodiscard]] std::string bound_to(std::size_t size) const;

    crypto::Digest digest_;
    std::map<std::string, std::string, std::less<>> entries_;
};

/// An initdata text with these entries, in the order of their names. Errors: invalid_argument as parse().
[[nodiscard]] Result<std::string> render(crypto::HashAlgorithm algorithm,
                                         const std::map<std::string, std::string, std::less<>>& entries);

/// A pod's annotation, io.katacontainers.config.hypervisor.cc_init_data: base64(gzip(TOML)).
inline constexpr std::string_view k_annotation = "io.katacontainers.config.hypervisor.cc_init_data";
[[nodiscard]] Result<std::string> make_annotation(std::string_view toml);
/// The TOML text; not parsed. Line ends in the base64 are passed over. Errors: invalid_argument;
/// resource_exhausted it holds more than k_max_toml.
[[nodiscard]] Result<std::string> read_annotation(std::string_view annotation);

} // namespace redoubt::initdata
