// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The key all others hang from, and the slots that hold it closed. Any slot opens it; losing one loses
/// nothing while another is there.

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/crypto/aead.hpp"
#include "common/crypto/secret.hpp"
#include "common/encoding/json.hpp"

namespace redoubt::services::kms {

/// The root key while it is open. It never touches data itself: every use has a key of its own, derived by a
/// label.
class RootKey {
  public:
    static Result<RootKey> generate();
    explicit RootKey(crypto::Secret bytes) : bytes_(std::move(bytes)) {}

    /// 32 bytes for one use. Errors: internal.
    [[nodiscard]] Result<crypto::Secret> derive(std::string_view label) const;
    /// The bytes, for a slot to close.
    [[nodiscard]] const crypto::Secret& bytes() const { return bytes_; }

  private:
    crypto::Secret bytes_;
};

/// Closes the root key by a passphrase: Argon2id, then AES-256-GCM bound to the store. The object says how to
/// open it: docs/formats/kbs.md, "slots". Errors: invalid_argument a passphrase shorter than 8 bytes;
/// internal.
[[nodiscard]] Result<boost::json::object> close_by_passphrase(const RootKey& key, std::string_view store_id,
                                                              const crypto::Secret& passphrase,
                                                              crypto::PassphraseCost cost);
/// Errors: permission_denied another passphrase, or a slot that was changed; invalid_argument malformed.
[[nodiscard]] Result<RootKey> open_by_passphrase(const json::Node& slot, std::string_view store_id,
                                                 const crypto::Secret& passphrase);

} // namespace redoubt::services::kms
