// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/policy/wire_reader.hpp"

namespace redoubt::guest::policy {

Result<std::uint64_t> WireReader::varint() {
    constexpr unsigned k_bits = 64;
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < k_bits; shift += 7) {
        if (rest_.empty()) return fail(Code::invalid_argument, "a number is cut short");
        const auto byte = static_cast<unsigned char>(rest_.front());
        rest_.remove_prefix(1);
        if (shift == 63 && byte > 1) return fail(Code::invalid_argument, "a number of more than 64 bits");
        value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
        if ((byte & 0x80U) == 0) return value;
    }
    return fail(Code::invalid_argument, "a number of more than 64 bits");
}

Result<WireField> WireReader::next() {
    constexpr std::uint64_t k_highest_number = (1U << 29U) - 1;
    RDT_TRY(const auto key, varint());
    const auto number = key >> 3U;
    if (number == 0 || number > k_highest_number)
        return fail(Code::invalid_argument, "{} is not the number of a field", number);
    WireField field{.number = static_cast<std::uint32_t>(number)};
    switch (key & 7U) {
    case 0: {
        RDT_TRY(field.value, varint());
        return field;
    }
    case 2: {
        field.type = WireType::bytes;
        RDT_TRY(const auto size, varint());
        if (size > rest_.size()) return fail(Code::invalid_argument, "field {} is cut short", number);
        field.bytes = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return field;
    }
    default: return fail(Code::invalid_argument, "field {} has a wire type no request has", number);
    }
}

} // namespace redoubt::guest::policy
