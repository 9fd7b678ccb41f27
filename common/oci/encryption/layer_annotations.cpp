// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/oci/encryption/layer_annotations.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <format>
#include <utility>

#include "common/crypto/aead.hpp"
#include "common/encoding/base64.hpp"
#include "common/encoding/json.hpp"
#include "common/oci/encryption/private_options.hpp"

namespace redoubt::oci::encryption {
namespace {

constexpr json::Limits k_limits{.max_bytes = k_max_annotation_bytes, .max_depth = 8};
constexpr std::size_t k_max_wrapped_bytes = 4096;
constexpr std::string_view k_wrap_type = "A256GCM";

struct TypePair {
    std::string_view layer;     ///< as it may be called
    std::string_view encrypted; ///< what becomes of it
};
constexpr std::array<TypePair, 6> k_types{{
    {"application/vnd.oci.image.layer.v1.tar", "application/vnd.oci.image.layer.v1.tar+encrypted"},
    {"application/vnd.oci.image.layer.v1.tar+gzip", "application/vnd.oci.image.layer.v1.tar+gzip+encrypted"},
    {"application/vnd.oci.image.layer.v1.tar+zstd", "application/vnd.oci.image.layer.v1.tar+zstd+encrypted"},
    {"application/vnd.docker.image.rootfs.diff.tar", "application/vnd.oci.image.layer.v1.tar+encrypted"},
    {"application/vnd.docker.image.rootfs.diff.tar.gzip",
     "application/vnd.oci.image.layer.v1.tar+gzip+encrypted"},
    {"application/vnd.docker.image.rootfs.diff.tar.zstd",
     "application/vnd.oci.image.layer.v1.tar+zstd+encrypted"},
}};

Result<std::string> read_bytes(const json::Node& node, std::size_t most) {
    RDT_TRY(const auto text, node.string());
    auto bytes = encoding::from_base64(text);
    if (!bytes) return node.wrong(bytes.error().message);
    if (bytes->size() > most)
        return node.wrong(std::format("{} bytes are more than {}", bytes->size(), most));
    return bytes;
}

Result<KeyPacket> read_packet(const json::Node& root) {
    RDT_CHECK(root.expect_object());
    // Version 2 says where the key lies; version 1 knows one place.
    RDT_TRY(const auto provider, root["provider"].string_or("kbs"));
    if (provider != "kbs")
        return fail(Code::unimplemented, "{}: keys of '{}' are not supported, only those of a KBS",
                    root["provider"].path(), provider.substr(0, 64));
    RDT_TRY(const auto type, root["wrap_type"].string());
    if (type != k_wrap_type)
        return fail(Code::unimplemented, "{}: '{}' is not supported, only {}, which notices a changed key",
                    root["wrap_type"].path(), type.substr(0, 64), k_wrap_type);
    KeyPacket packet;
    RDT_TRY(packet.key_uri, root["kid"].string());
    if (!packet.key_uri.starts_with("kbs://")) return root["kid"].wrong("not a kbs:// URI");
    RDT_TRY(packet.wrapped, read_bytes(root["wrapped_data"], k_max_wrapped_bytes));
    if (packet.wrapped.size() <= crypto::k_gcm_tag_size)
        return root["wrapped_data"].wrong("too short to be a wrapped key");
    RDT_TRY(packet.iv, read_bytes(root["iv"], 64));
    if (packet.iv.size() != crypto::k_gcm_nonce_size) return root["iv"].wrong("not 12 bytes");
    return packet;
}

/// A JSON document in base64.
Result<json::Document> decode(const std::string& name, std::string_view text) {
    auto bytes = encoding::from_base64(text);
    if (!bytes) return std::unexpected(bytes.error().within(name));
    return json::parse(name, *bytes, k_limits);
}

Result<std::vector<KeyPacket>> read_packets(std::string_view text) {
    std::vector<KeyPacket> packets;
    while (!text.empty()) {
        if (packets.size() == k_max_packets)
            return fail(Code::resource_exhausted, "{}: more than {} packets", k_keys_annotation,
                        k_max_packets);
        const auto end = std::min(text.find(','), text.size());
        const auto name = std::format("{}[{}]", k_keys_annotation, packets.size());
        RDT_TRY(const auto document, decode(name, text.substr(0, end)));
        RDT_TRY(auto packet, read_packet(document.root()));
        packets.push_back(std::move(packet));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (packets.empty()) return fail(Code::invalid_argument, "{}: no key for anybody", k_keys_annotation);
    return packets;
}

Result<std::string> read_hmac(std::string_view text) {
    RDT_TRY(const auto document, decode(std::string(k_options_annotation), text));
    const auto root = document.root();
    RDT_TRY(const auto cipher, root["cipher"].string());
    if (cipher != k_cipher)
        return fail(Code::unimplemented, "{}: cipher '{}' is not supported, only {}", k_options_annotation,
                    cipher.substr(0, 64), k_cipher);
    RDT_TRY(auto hmac, read_bytes(root["hmac"], 64));
    if (hmac.size() != crypto::k_hmac_sha256_size) return root["hmac"].wrong("not 32 bytes");
    return hmac;
}

Result<std::string_view> find(const std::map<std::string, std::string>& annotations, std::string_view key) {
    const auto found = annotations.find(std::string(key));
    if (found == annotations.end()) return fail(Code::invalid_argument, "the annotation {} is missing", key);
    if (found->second.size() > k_max_annotation_bytes)
        return fail(Code::resource_exhausted, "the annotation {} has {} bytes, at most {} are allowed", key,
                    found->second.size(), k_max_annotation_bytes);
    return std::string_view(found->second);
}

} // namespace

bool is_encrypted_type(std::string_view media_type) {
    return std::ranges::contains(k_types, media_type, &TypePair::encrypted);
}

std::string_view plain_type(std::string_view media_type) {
    return media_type.substr(0, media_type.size() - k_type_suffix.size());
}

Result<std::string> encrypted_type(std::string_view media_type) {
    if (is_encrypted_type(media_type))
        return fail(Code::failed_precondition, "the layer is encrypted already ({})", media_type);
    const auto* const found = std::ranges::find(k_types, media_type, &TypePair::layer);
    if (found == k_types.end())
        return fail(Code::unimplemented, "not a layer that can be encrypted ({})", media_type.substr(0, 100));
    return std::string(found->encrypted);
}

Result<LayerSeal> parse_layer_seal(const std::map<std::string, std::string>& annotations) {
    RDT_TRY(const auto keys, find(annotations, k_keys_annotation));
    RDT_TRY(const auto options, find(annotations, k_options_annotation));
    LayerSeal seal;
    RDT_TRY(seal.packets, read_packets(keys));
    RDT_TRY(seal.hmac, read_hmac(options));
    return seal;
}

std::map<std::string, std::string> render_layer_seal(const LayerSeal& seal) {
    std::string keys;
    for (const auto& packet : seal.packets) {
        const boost::json::object object{{"kid", packet.key_uri},
                                         {"wrapped_data", encoding::to_base64(packet.wrapped)},
                                         {"iv", encoding::to_base64(packet.iv)},
                                         {"wrap_type", k_wrap_type}};
        keys += (keys.empty() ? "" : ",") + encoding::to_base64(boost::json::serialize(object));
    }
    const boost::json::object options{{"cipher", k_cipher},
                                      {"hmac", encoding::to_base64(seal.hmac)},
                                      {"cipheroptions", boost::json::object()}};
    return {{std::string(k_keys_annotation), std::move(keys)},
            {std::string(k_options_annotation), encoding::to_base64(boost::json::serialize(options))}};
}

Result<KeyPacket> wrap_layer_key(const LayerKey& key, std::string key_uri,
                                 const crypto::Secret& wrapping_key) {
    const auto options = render_private_options(key);
    KeyPacket packet{.key_uri = std::move(key_uri), .wrapped = {}, .iv = {}};
    RDT_TRY(packet.iv, crypto::random_bytes(crypto::k_gcm_nonce_size));
    RDT_TRY(const auto sealed, crypto::seal_aes_256_gcm(wrapping_key, packet.iv, options.view(), {}));
    packet.wrapped = sealed.ciphertext + sealed.tag;
    return packet;
}

Result<LayerKey> unwrap_layer_key(const KeyPacket& packet, const crypto::Secret& wrapping_key) {
    if (wrapping_key.size() != crypto::k_aes_256_size)
        return fail(Code::invalid_argument, "the key {} has {} bytes, 32 are needed", packet.key_uri,
                    wrapping_key.size());
    const std::string_view wrapped = packet.wrapped;
    if (wrapped.size() <= crypto::k_gcm_tag_size)
        return fail(Code::invalid_argument, "too short to be a wrapped key");
    const auto size = wrapped.size() - crypto::k_gcm_tag_size;
    const auto options =
        crypto::open_aes_256_gcm(wrapping_key, packet.iv, wrapped.substr(0, size), wrapped.substr(size), {});
    if (!options && options.error().code == Code::permission_denied)
        return fail(Code::permission_denied, "the layer's key was not wrapped by {}, or was changed since",
                    packet.key_uri);
    if (!options) return std::unexpected(options.error());
    return parse_private_options(options->view());
}

} // namespace redoubt::oci::encryption
