// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// Reading a layer's tar and judging it. What is accepted must be harmless in its normal form.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "common/oci/layer_tar.hpp"
#include "node-daemon/storage/tar_reader.hpp"

namespace {

using redoubt::oci::EntryKind;
using redoubt::oci::LayerEntry;

void check_harmless(const LayerEntry& entry) {
    if (redoubt::oci::normalise_layer_path(entry.path) != entry.path) std::abort();
    if (entry.kind == EntryKind::character_device || entry.kind == EntryKind::block_device) std::abort();
    if (entry.is_sparse || entry.kind == EntryKind::other) std::abort();
    if (entry.kind == EntryKind::hard_link && redoubt::oci::normalise_layer_path(entry.link) != entry.link)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto reader = redoubt::node::storage::TarReader::open({reinterpret_cast<const char*>(data), size});
    if (!reader) return 0;
    redoubt::oci::LayerTarPolicy policy(
        {.max_bytes = 1U << 20U, .max_entries = 1000, .max_path_bytes = 1U << 20U});
    std::vector<LayerEntry> entries;
    for (;;) {
        auto entry = reader->next();
        if (!entry) return 0;
        if (!*entry) break;
        if (!policy.add(**entry)) return 0;
        const auto ignore = [](std::string_view) { return redoubt::Status(); };
        if ((*entry)->kind == EntryKind::file && !reader->read_data((*entry)->size, ignore)) return 0;
        entries.push_back(**entry);
    }
    const auto plan = policy.finish();
    for (const auto& directory : plan.implied_directories()) check_harmless(directory);
    for (std::size_t ordinal = 0; ordinal < entries.size(); ++ordinal)
        if (const auto normal = plan.normalise(entries[ordinal], ordinal)) check_harmless(*normal);
    return 0;
}
