// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/crypto/secret.hpp"
#include "services/kms/root_key.hpp"

namespace redoubt::services::kms {

/// The one place of the store that a sealed value belongs to.
struct Place {
    std::string_view tenant;
    std::string_view table;
    std::string_view row;
    std::int64_t version = 0;
    std::string_view column;
};

/// A value as it is stored.
struct SealedValue {
    std::string text;             ///< base64
    std::int64_t key_version = 0; ///< of the tenant's key; 0: before tenants had keys
};

/// Seals what goes into the store. Each tenant has a key of his own, wrapped by one that the root key gives;
/// his newest seals, older ones open what they sealed. A value is under AES-256-GCM with a key that no other
/// value has, bound to the store, to the tenant's key and to the value's place, so that no value can be moved
/// to another tenant, row, version or column. docs/formats/kbs.md, "sealed values".
/// Thread: one at a time.
class Sealer {
  public:
    static Result<Sealer> make(const RootKey& root, std::string store_id);

    /// Makes the next key of a tenant and has it seal from now on. The key as the store keeps it, base64.
    /// Errors: internal.
    [[nodiscard]] Result<std::string> make_tenant_key(std::string_view tenant);
    /// A key that the store keeps. Errors: data_loss not a key of this tenant and version in this store.
    [[nodiscard]] Status load_tenant_key(std::string_view tenant, std::int64_t version,
                                         std::string_view wrapped);
    /// Forgets one, as if it had never been; where the store did not keep it, and where it is not needed.
    void forget_tenant_key(std::string_view tenant, std::int64_t version);
    /// The version that seals; 0: the tenant has none.
    [[nodiscard]] std::int64_t newest_key(std::string_view tenant) const;

    /// Errors: failed_precondition the tenant has no key; internal.
    [[nodiscard]] Result<SealedValue> seal(const Place& place, std::string_view value) const;
    /// Errors: data_loss what is stored is not what was sealed for this place.
    [[nodiscard]] Result<crypto::Secret> open(const Place& place, const SealedValue& sealed) const;

    /// What the store says of itself, under a name. Errors: internal; data_loss.
    [[nodiscard]] Result<std::string> seal_note(std::string_view name, std::string_view text) const;
    [[nodiscard]] Result<crypto::Secret> open_note(std::string_view name, std::string_view sealed) const;

    /// As the first format had it, for stores that are brought forward. Errors: as open.
    [[nodiscard]] Result<crypto::Secret> open_first_format(const Place& place, std::string_view text) const;

  private:
    using TenantKeys = std::map<std::int64_t, crypto::Secret>;
    Sealer(crypto::Secret wrapping, crypto::Secret notes, crypto::Secret first, std::string store_id)
        : wrapping_(std::move(wrapping)), notes_(std::move(notes)), first_(std::move(first)),
          store_id_(std::move(store_id)) {}

    crypto::Secret wrapping_;
    crypto::Secret notes_;
    crypto::Secret first_; ///< sealed everything in the first format
    std::string store_id_;
    std::map<std::string, TenantKeys, std::less<>> tenants_;
};

} // namespace redoubt::services::kms
