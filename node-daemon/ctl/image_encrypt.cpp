// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <format>

#include "common/base/file.hpp"
#include "node-daemon/ctl/encrypted_image.hpp"
#include "node-daemon/ctl/json_text.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {
namespace {

boost::json::object to_json(const EncryptedImage& image, const std::string& key_uri) {
    boost::json::array layers;
    for (const auto& layer : image.layers)
        layers.push_back({{"digest", layer.digest},
                          {"plain_digest", layer.plain_digest},
                          {"encrypted", layer.is_encrypted}});
    return {{"manifest_digest", image.manifest_digest},
            {"id", image.manifest_digest},
            {"key", key_uri},
            {"layers", std::move(layers)}};
}

std::string to_text(const EncryptedImage& image) {
    std::string text;
    for (const auto& layer : image.layers)
        text += std::format("{}  {}\n", layer.is_encrypted ? "encrypted" : "plain    ", layer.digest);
    return text + std::format("manifest   {}\n", image.manifest_digest);
}

} // namespace

Result<int> image_encrypt(const Invocation& invocation) {
    const auto& options = std::get<ImageEncryptOptions>(invocation.verb);
    EncryptionWish wish;
    RDT_TRY(wish.source, parse_image_place(options.source));
    RDT_TRY(wish.target, parse_image_place(options.target));
    RDT_TRY(wish.platform, oci::parse_platform(options.platform));
    wish.key_uri = options.key;
    wish.layers = options.layers;
    RDT_TRY(auto bytes, read_file(options.key_file, 4096));
    const crypto::Secret key(std::move(bytes));
    RDT_TRY(const auto image,
            encrypt_image(wish, key).transform_error(context("encrypt {}", options.source)));
    RDT_CHECK(print(invocation.json ? indented(to_json(image, wish.key_uri)) : to_text(image)));
    return 0;
}

} // namespace redoubt::ctl
