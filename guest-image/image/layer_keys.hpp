// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <map>
#include <optional>
#include <string>

#include "common/async/task.hpp"
#include "common/oci/encryption/layer_annotations.hpp"
#include "common/oci/manifest.hpp"
#include "guest-image/key_release/resource_source.hpp"

namespace redoubt::guest::image {

/// The keys of one image's layers. Each wrapping key is asked for once. Thread: one strand, one call at a
/// time.
class LayerKeys {
  public:
    /// `resources` is borrowed; null: this guest has no keys.
    explicit LayerKeys(key_release::ResourceSource* resources) : resources_(resources) {}

    /// What decrypts the layer; nothing for one that is not encrypted. Errors: those of parse_layer_seal(),
    /// ResourceSource::get() and unwrap_layer_key(), of the first packet where none is of use;
    /// failed_precondition there is nobody to ask.
    Task<std::optional<oci::encryption::LayerDecryptor>> decryptor_of(const oci::Descriptor& layer);

  private:
    Task<oci::encryption::LayerKey> unwrap(oci::encryption::KeyPacket packet);

    key_release::ResourceSource* resources_;
    std::map<std::string, crypto::Secret> wrapping_keys_; ///< by URI
};

} // namespace redoubt::guest::image
