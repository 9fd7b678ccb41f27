// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// What a manifest says of an encrypted layer, and what a wrapped key may hold: no parser may do worse than
// fail, and what was read comes back the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/encoding/base64.hpp"
#include "common/oci/encryption/layer_annotations.hpp"
#include "common/oci/encryption/private_options.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt;
    using namespace redoubt::oci::encryption;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto key = parse_private_options(text)) {
        const auto again = parse_private_options(render_private_options(*key).view());
        if (!again || again->key.view() != key->key.view() || again->nonce != key->nonce) std::abort();
    }
    // Two documents with a line between them: a packet and the public options.
    const auto line = text.find('\n');
    const auto packet = text.substr(0, line);
    const auto options = line == std::string_view::npos ? std::string_view() : text.substr(line + 1);
    const auto seal = parse_layer_seal({{std::string(k_keys_annotation), encoding::to_base64(packet)},
                                        {std::string(k_options_annotation), encoding::to_base64(options)}});
    if (seal) {
        const auto again = parse_layer_seal(render_layer_seal(*seal));
        if (!again || again->packets != seal->packets || again->hmac != seal->hmac) std::abort();
    }
    (void)parse_layer_seal({{std::string(k_keys_annotation), std::string(text)},
                            {std::string(k_options_annotation), std::string(text)}});
    return 0;
}
