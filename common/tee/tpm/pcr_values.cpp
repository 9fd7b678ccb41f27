// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/tpm/structures.hpp"

#include <charconv>

#include "common/encoding/hex.hpp"
#include "common/encoding/json.hpp"
#include "common/tee/evidence/byte_reader.hpp"

namespace redoubt::tee::tpm {
namespace {

std::optional<Hash> bank_of_size(std::size_t size) {
    for (const Hash hash : {Hash::sha1, Hash::sha256, Hash::sha384, Hash::sha512})
        if (size_of(hash) == size) return hash;
    return std::nullopt;
}

Result<std::uint32_t> index_of(const json::Node& node, std::string_view key) {
    std::uint32_t index = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
    if (error != std::errc() || end != key.data() + key.size() || index > 31)
        return node.wrong("not the number of a PCR");
    return index;
}

Status add_value(PcrValues& values, const json::Node& node, std::string_view key) {
    RDT_TRY(const auto index, index_of(node, key));
    RDT_TRY(const auto text, node.string());
    RDT_TRY(auto value, encoding::from_hex(text).transform_error(context("{}", node.path())));
    const auto bank = bank_of_size(value.size());
    if (!bank) return node.wrong("of no bank's length");
    values[*bank][index] = std::move(value);
    return {};
}

Result<PcrValues> parse_json_values(std::string_view text) {
    RDT_TRY(const auto document, json::parse("pcrs", text));
    RDT_TRY(const auto members, document.root().members());
    PcrValues values;
    for (const auto& [key, node] : members) {
        if (!node.is_object()) {
            RDT_CHECK(add_value(values, node, key));
            continue;
        }
        if (!hash_of_name(key)) return node.wrong("not the name of a bank");
        RDT_TRY(const auto inner, node.members());
        for (const auto& [index, value] : inner) RDT_CHECK(add_value(values, value, index));
    }
    return values;
}

/// tpm2_quote --pcrs_format=serialized: TPML_PCR_SELECTION, then lists of at most 8 digests, as they lie in
/// memory of a little endian machine.
Result<PcrValues> parse_tools_values(std::string_view bytes) {
    ByteReader reader(bytes);
    const auto count = reader.u32();
    std::vector<std::pair<Hash, std::uint32_t>> wanted;
    if (count > 16) return fail(Code::invalid_argument, "PCR values: {} selections", count);
    for (std::uint32_t i = 0; i < 16; ++i) {
        const auto hash = hash_of_tpm_id(reader.u16());
        const auto size = reader.u8();
        const auto bitmap = reader.take(4);
        (void)reader.u8();
        RDT_CHECK(reader.status("PCR values"));
        if (i >= count) continue;
        if (!hash || size > 4)
            return fail(Code::invalid_argument, "PCR values: selection {} is malformed", i);
        for (std::uint32_t pcr = 0; pcr < size * 8U; ++pcr)
            if (((std::uint32_t{static_cast<unsigned char>(bitmap[pcr / 8])} >> (pcr % 8U)) & 1U) != 0)
                wanted.emplace_back(*hash, pcr);
    }
    const auto lists = reader.u32();
    if (lists > 64) return fail(Code::invalid_argument, "PCR values: {} lists", lists);
    std::vector<std::string> digests;
    for (std::uint32_t i = 0; i < lists; ++i) {
        const auto used = reader.u32();
        for (std::uint32_t j = 0; j < 8; ++j) {
            const auto size = reader.u16();
            const auto value = reader.take(64);
            if (j < used && size <= value.size()) digests.emplace_back(value.substr(0, size));
        }
    }
    RDT_CHECK(reader.status("PCR values"));
    if (digests.size() != wanted.size() || !reader.rest().empty())
        return fail(Code::invalid_argument, "PCR values: {} values for {} PCRs", digests.size(),
                    wanted.size());
    PcrValues values;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (digests[i].size() != size_of(wanted[i].first))
            return fail(Code::invalid_argument, "PCR values: value {} has another bank's length", i);
        values[wanted[i].first][wanted[i].second] = digests[i];
    }
    return values;
}

} // namespace

Result<PcrValues> parse_pcr_values(std::string_view bytes) {
    if (bytes.starts_with('{')) return parse_json_values(bytes);
    return parse_tools_values(bytes);
}

} // namespace redoubt::tee::tpm
