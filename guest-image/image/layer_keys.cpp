// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/image/layer_keys.hpp"

#include <utility>

namespace redoubt::guest::image {

Task<oci::encryption::LayerKey> LayerKeys::unwrap(oci::encryption::KeyPacket packet) {
    auto found = wrapping_keys_.find(packet.key_uri);
    if (found == wrapping_keys_.end()) {
        auto key = co_await resources_->get(packet.key_uri);
        if (!key) co_return std::unexpected(key.error());
        found = wrapping_keys_.emplace(packet.key_uri, std::move(*key)).first;
    }
    co_return oci::encryption::unwrap_layer_key(packet, found->second);
}

Task<std::optional<oci::encryption::LayerDecryptor>> LayerKeys::decryptor_of(const oci::Descriptor& layer) {
    using Decryptor = std::optional<oci::encryption::LayerDecryptor>;
    if (!oci::is_encrypted(layer)) co_return Decryptor();
    RDT_CO_TRY(auto seal, oci::encryption::parse_layer_seal(layer.annotations));
    if (resources_ == nullptr)
        co_return fail(Code::failed_precondition, "it is encrypted, and this guest asks no broker for keys");
    std::optional<Error> first;
    for (auto& packet : seal.packets) {
        auto key = co_await unwrap(std::move(packet));
        if (!key) {
            if (!first) first = key.error();
            continue;
        }
        auto decryptor = oci::encryption::LayerDecryptor::make(*key, std::move(seal.hmac));
        if (!decryptor) co_return std::unexpected(decryptor.error());
        co_return Decryptor(std::move(*decryptor));
    }
    co_return std::unexpected(*first);
}

} // namespace redoubt::guest::image
