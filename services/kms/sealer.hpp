// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
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

/// Seals what goes into the store: AES-256-GCM with a key of its own for each value, bound to the store and
/// to the value's place, so that no value can be moved to another tenant, row, version or column.
/// docs/formats/ kbs.md, "sealed values".
class Sealer {
  public:
    static Result<Sealer> make(const RootKey& root, std::string store_id);

    /// Base64 text. Errors: internal.
    [[nodiscard]] Result<std::string> seal(const Place& place, std::string_view value) const;
    /// Errors: data_loss what is stored is not what was sealed for this place.
    [[nodiscard]] Result<crypto::Secret> open(const Place& place, std::string_view sealed) const;

  private:
    Sealer(crypto::Secret key, std::string store_id) : key_(std::move(key)), store_id_(std::move(store_id)) {}
    [[nodiscard]] std::string binding_of(const Place& place) const;

    crypto::Secret key_;
    std::string store_id_;
};

} // namespace redoubt::services::kms
