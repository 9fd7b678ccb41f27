// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// The same bytes as manifest, index and config: no parser may do worse than fail.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/oci/image_config.hpp"
#include "common/oci/manifest.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::oci;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto manifest = parse_manifest(text);
    const auto index = parse_index(text);
    if (manifest && index && !manifest->layers.empty() && !index->manifests.empty()) std::abort();
    if (index) (void)select_manifest(*index, {"linux", "amd64", ""});
    (void)parse_manifest_or_index(text, k_oci_index);
    const auto config = parse_image_config(text);
    if (manifest && config) (void)check_same_layers(*manifest, *config);
    return 0;
}
