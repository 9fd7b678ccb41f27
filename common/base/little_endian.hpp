// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Numbers in formats whose bytes are little-endian, whatever the machine. The caller has checked that there
/// is room: beyond the end is a bug (std::out_of_range).

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace redoubt {

template <std::unsigned_integral Number>
void put_little_endian(std::string& bytes, std::size_t place, Number value) {
    for (std::size_t i = 0; i < sizeof value; ++i)
        bytes.at(place + i) = static_cast<char>((static_cast<std::uint64_t>(value) >> (8 * i)) & 0xFFU);
}

template <std::unsigned_integral Number>
void append_little_endian(std::string& bytes, Number value) {
    bytes.resize(bytes.size() + sizeof value);
    put_little_endian(bytes, bytes.size() - sizeof value, value);
}

template <std::unsigned_integral Number>
[[nodiscard]] Number little_endian_at(std::string_view bytes, std::size_t place) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(Number); ++i)
        value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes.at(place + i))) << (8 * i);
    return static_cast<Number>(value);
}

} // namespace redoubt
