// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/sev_snp/cert_table.hpp"

#include <algorithm>
#include <array>

#include "common/tee/evidence/byte_reader.hpp"
#include "common/tee/evidence/guid.hpp"
#include "common/tee/evidence/hash.hpp"

namespace redoubt::tee::sev_snp {
namespace {

constexpr std::size_t k_entry_size = 24;
constexpr std::size_t k_max_entries = 32;
constexpr std::size_t k_max_table = 1U << 20U;

struct Known {
    std::string_view guid;
    std::string_view name;
};
// Source: GHCB 2.0 specification (56421), SNP extended guest request.
constexpr std::array k_known{
    Known{"c0b406a4-a803-4952-9743-3fb6014cd0ae", "ARK"},
    Known{"4ab7b379-bbac-4fe4-a02f-05aef327c782", "ASK"},
    Known{"63da758d-e664-4564-adc5-f4b93be8accd", "VCEK"},
    Known{"a8074bc2-a25a-483e-aae6-39c045a0b8a1", "VLEK"},
    Known{"92f81bc3-5811-4d3d-97ff-d19f88dc67ea", "CRL"},
};

std::string_view name_of_guid(std::string_view guid) {
    const auto* found = std::ranges::find(k_known, guid, &Known::guid);
    return found == k_known.end() ? std::string_view() : found->name;
}

} // namespace

Result<std::vector<CertTableEntry>> parse_cert_table(std::string_view bytes) {
    if (bytes.size() > k_max_table)
        return fail(Code::resource_exhausted, "certificate table: {} bytes", bytes.size());
    struct Place {
        std::string_view guid;
        std::uint32_t offset;
        std::uint32_t length;
    };
    std::vector<Place> places;
    ByteReader reader(bytes);
    for (;;) {
        const auto guid = reader.take(16);
        const auto offset = reader.u32();
        const auto length = reader.u32();
        RDT_CHECK(reader.status("certificate table"));
        if (is_zero(guid) && offset == 0 && length == 0) break;
        if (places.size() == k_max_entries)
            return fail(Code::resource_exhausted, "certificate table: more than {} entries", k_max_entries);
        places.push_back({guid, offset, length});
    }
    const std::size_t header = (places.size() + 1) * k_entry_size;
    std::vector<CertTableEntry> entries;
    for (const auto& [guid, offset, length] : places) {
        const auto text = guid_text(guid);
        if (offset < header || offset > bytes.size() || length > bytes.size() - offset)
            return fail(Code::invalid_argument,
                        "certificate table: entry {} at {} with {} bytes lies outside", text, offset, length);
        entries.push_back({text, std::string(name_of_guid(text)), std::string(bytes.substr(offset, length))});
    }
    return entries;
}

bool looks_like_cert_table(std::string_view bytes) {
    return bytes.size() >= 2 * k_entry_size && !name_of_guid(guid_text(bytes.substr(0, 16))).empty();
}

} // namespace redoubt::tee::sev_snp
