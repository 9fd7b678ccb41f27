// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/encrypted_image.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <set>
#include <string_view>
#include <utility>

#include "common/encoding/json.hpp"
#include "common/oci/encryption/layer_annotations.hpp"
#include "common/oci/image_config.hpp"

namespace redoubt::ctl {
namespace {

namespace enc = oci::encryption;
namespace bj = boost::json;

constexpr std::size_t k_key_size = 32;

Status check_key(const EncryptionWish& wish, const crypto::Secret& key) {
    std::string_view path = wish.key_uri;
    constexpr std::string_view k_scheme = "kbs:///";
    std::size_t parts = 1;
    bool is_good = path.starts_with(k_scheme);
    path.remove_prefix(is_good ? k_scheme.size() : 0);
    for (std::size_t at = 0; at < path.size(); ++at) {
        if (path[at] != '/') continue;
        ++parts;
        is_good = is_good && at != 0 && path[at - 1] != '/';
    }
    if (!is_good || parts != 3 || path.ends_with('/'))
        return fail(Code::invalid_argument, "--key {}: not kbs:///REPOSITORY/TYPE/TAG", wish.key_uri);
    if (key.size() != k_key_size)
        return fail(Code::invalid_argument,
                    "the key has {} bytes, 32 are needed; make one: head -c 32 /dev/urandom > FILE",
                    key.size());
    return {};
}

Result<std::set<std::size_t>> chosen_layers(const EncryptionWish& wish, std::size_t count) {
    std::set<std::size_t> chosen;
    for (const int wanted : wish.layers) {
        const auto index = wanted < 0 ? static_cast<std::ptrdiff_t>(count) + wanted : wanted;
        if (index < 0 || std::cmp_greater_equal(index, count))
            return fail(Code::invalid_argument, "--layer {}: the image has {} layers", wanted, count);
        chosen.insert(static_cast<std::size_t>(index));
    }
    if (wish.layers.empty())
        for (std::size_t i = 0; i < count; ++i) chosen.insert(i);
    return chosen;
}

/// A layer as the new manifest has it.
struct NewLayer {
    LayoutWriter::Blob blob;
    std::string media_type;
    std::map<std::string, std::string> annotations; ///< beside those it had
};

class Maker {
  public:
    Maker(const EncryptionWish& wish, const crypto::Secret& key, const LayoutReader& reader,
          LayoutWriter& writer)
        : wish_(wish), key_(key), reader_(reader), writer_(writer) {}

    Result<NewLayer> copy(const oci::Descriptor& layer) {
        RDT_TRY(auto blob, writer_.add_blob([&](const LayoutWriter::Put& put) {
            return reader_.read_blob(
                layer, [&put](std::span<char> piece) { return put({piece.data(), piece.size()}); });
        }));
        return NewLayer{std::move(blob), layer.media_type, {}};
    }

    Result<NewLayer> encrypt(const oci::Descriptor& layer) {
        RDT_TRY(auto media_type, enc::encrypted_type(layer.media_type));
        RDT_TRY(auto encryptor, enc::LayerEncryptor::make());
        RDT_TRY(auto blob, writer_.add_blob([&](const LayoutWriter::Put& put) {
            return reader_.read_blob(layer, [&](std::span<char> piece) -> Status {
                RDT_CHECK(encryptor.encrypt(piece));
                return put({piece.data(), piece.size()});
            });
        }));
        RDT_TRY(const auto finished, encryptor.finish());
        RDT_TRY(auto packet, enc::wrap_layer_key(finished.key, wish_.key_uri, key_));
        return NewLayer{std::move(blob), std::move(media_type),
                        enc::render_layer_seal({.packets = {std::move(packet)}, .hmac = finished.hmac})};
    }

  private:
    const EncryptionWish& wish_;
    const crypto::Secret& key_;
    const LayoutReader& reader_;
    LayoutWriter& writer_;
};

/// The old manifest with the new layers: what else it says, it goes on saying. Always of OCI's own media
/// types, since docker has none for encrypted layers.
Result<std::string> new_manifest(const std::string& old_json, const std::vector<NewLayer>& layers) {
    RDT_TRY(const auto document, json::parse("manifest", old_json));
    auto manifest = document.root().value()->as_object();
    manifest["mediaType"] = oci::k_oci_manifest;
    manifest["config"].as_object()["mediaType"] = oci::k_oci_config;
    auto& list = manifest["layers"].as_array();
    for (std::size_t i = 0; i < layers.size(); ++i) {
        auto& layer = list[i].as_object();
        layer["mediaType"] = layers[i].media_type;
        layer["digest"] = layers[i].blob.digest.str();
        layer["size"] = layers[i].blob.size;
        if (layers[i].annotations.empty()) continue;
        auto& annotations = layer["annotations"];
        if (!annotations.is_object()) annotations = bj::object();
        for (const auto& [key, value] : layers[i].annotations) annotations.as_object()[key] = value;
    }
    return bj::serialize(manifest);
}

} // namespace

Result<EncryptedImage> encrypt_image(const EncryptionWish& wish, const crypto::Secret& key) {
    RDT_CHECK(check_key(wish, key));
    RDT_TRY(const auto reader, LayoutReader::open(wish.source, wish.target.path));
    RDT_TRY(const auto image, reader.image(wish.source.tag, wish.platform)
                                  .transform_error(context("{}", wish.source.path.native())));
    RDT_TRY(const auto config, oci::parse_image_config(image.config_json));
    RDT_CHECK(oci::check_same_layers(image.manifest, config));
    RDT_TRY(const auto chosen, chosen_layers(wish, image.manifest.layers.size()));
    auto target = wish.target;
    if (target.tag.empty()) target.tag = image.tag;
    RDT_TRY(auto writer, LayoutWriter::begin(std::move(target)));
    Maker maker(wish, key, reader, writer);
    EncryptedImage made;
    std::vector<NewLayer> layers;
    for (std::size_t i = 0; i < image.manifest.layers.size(); ++i) {
        const auto& old = image.manifest.layers[i];
        const bool is_left = !chosen.contains(i) || oci::is_encrypted(old);
        auto layer = is_left ? maker.copy(old) : maker.encrypt(old);
        if (!layer) return std::unexpected(layer.error().within(std::format("layer {}", i)));
        made.layers.push_back(
            {layer->blob.digest.str(), old.digest.str(), enc::is_encrypted_type(layer->media_type)});
        layers.push_back(std::move(*layer));
    }
    RDT_TRY(const auto config_blob, writer.add_document(image.config_json));
    RDT_TRY(const auto manifest_json, new_manifest(image.manifest_json, layers));
    RDT_CHECK(oci::parse_manifest(manifest_json));
    RDT_TRY(const auto manifest, writer.add_document(manifest_json));
    RDT_CHECK(writer.finish(manifest, oci::k_oci_manifest, config.platform));
    made.manifest_digest = manifest.digest.str();
    made.config_digest = config_blob.digest.str();
    return made;
}

} // namespace redoubt::ctl
