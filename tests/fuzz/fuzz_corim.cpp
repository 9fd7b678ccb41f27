// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/cose/sign1.hpp"
#include "services/reference_values/corim.hpp"

namespace {

using redoubt::cbor::Kind;
using redoubt::cbor::Node;

/// The bytes again, of what was read: each thing has one form.
void encode(const Node& node, std::string& out) {
    using redoubt::cbor::encode_head;
    if (node.is(Kind::unsigned_number)) out += encode_head(0, *node.unsigned_number());
    if (node.is(Kind::bytes)) out += redoubt::cbor::encode_bytes(*node.bytes());
    if (node.is(Kind::text)) out += redoubt::cbor::encode_text(*node.text());
    if (const auto list = node.array()) {
        out += encode_head(4, list->size());
        for (const auto& item : *list) encode(item, out);
    }
    if (const auto map = node.members()) {
        out += encode_head(5, map->size());
        for (const auto& [key, value] : *map) {
            encode(key, out);
            encode(value, out);
        }
    }
    if (const auto tag = node.tag()) {
        out += encode_head(6, *tag);
        encode(*node.tagged(*tag), out);
    }
    if (const auto number = node.number(); number && *number < 0)
        out += encode_head(1, static_cast<std::uint64_t>(-1 - *number));
    // Numbers that do not fit and simple values are not written again: out is shorter then.
}

} // namespace

/// Any bytes are refused, or are reference values; what is read as CBOR is the bytes it was read from.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt;
    using namespace redoubt::services;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (const auto document = cbor::parse("fuzz", bytes)) {
        std::string again;
        encode(document->root(), again);
        if (again.size() > size || (again.size() == size && again != bytes)) std::abort();
        if (const auto message = cose::parse_sign1("fuzz", document->root());
            message && message->payload.size() > size)
            std::abort();
    }
    const auto values =
        reference_values::read_corim(bytes, {}, reference_values::Unsigned::accepted, "fuzz", {});
    if (values)
        for (const auto& value : *values)
            if (!reference_values::check_id(value.id) || !value.value.is_array()) std::abort();
    if (reference_values::read_corim(bytes, {}, reference_values::Unsigned::refused, "fuzz", {}))
        std::abort();
    return 0;
}
