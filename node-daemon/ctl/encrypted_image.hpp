// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <vector>

#include "common/crypto/secret.hpp"
#include "node-daemon/ctl/image_place.hpp"

namespace redoubt::ctl {

/// How an image is to be encrypted.
struct EncryptionWish {
    ImagePlace source;
    ImagePlace target;
    oci::Platform platform;
    std::string key_uri;     ///< "kbs:///repository/type/tag"
    std::vector<int> layers; ///< from 0, negative from the end; none: all
};

/// What became of it.
struct EncryptedImage {
    struct Layer {
        std::string digest;       ///< of the blob as it is now
        std::string plain_digest; ///< as it was
        bool is_encrypted = false;
    };
    std::string manifest_digest;
    std::string config_digest;
    std::vector<Layer> layers;
};

/// Makes an image whose layers only those can read who get the key at `key_uri`. Layers that are encrypted
/// already stay as they are. Errors: invalid_argument naming what is wrong with the wish or the image;
/// already_exists the target is there; data_loss the source is broken; nothing is left of the target then.
[[nodiscard]] Result<EncryptedImage> encrypt_image(const EncryptionWish& wish, const crypto::Secret& key);

} // namespace redoubt::ctl
