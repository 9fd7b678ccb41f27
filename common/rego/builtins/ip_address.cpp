// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/builtins/ip_address.hpp"

#include <algorithm>
#include <vector>

namespace redoubt::rego {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::optional<std::array<std::uint8_t, 4>> parse_dotted(std::string_view text) {
    std::array<std::uint8_t, 4> bytes{};
    for (std::size_t i = 0; i < 4; ++i) {
        std::size_t size = 0;
        unsigned value = 0;
        while (size < text.size() && is_digit(text[size]) && size < 4)
            value = (value * 10) + static_cast<unsigned>(text[size++] - '0');
        if (size == 0 || size > 3 || value > 255 || (size > 1 && text[0] == '0')) return std::nullopt;
        bytes[i] = static_cast<std::uint8_t>(value);
        text.remove_prefix(size);
        if (i == 3) break;
        if (!text.starts_with('.')) return std::nullopt;
        text.remove_prefix(1);
    }
    if (!text.empty()) return std::nullopt;
    return bytes;
}

/// Groups of hexadecimal digits until "::" or the end; an IPv4 address may be last.
std::optional<std::vector<std::uint8_t>> parse_groups(std::string_view text) {
    std::vector<std::uint8_t> bytes;
    if (text.empty()) return bytes;
    while (true) {
        const std::size_t end = text.find(':');
        const std::string_view group = text.substr(0, end);
        if (end == std::string_view::npos && group.contains('.')) {
            const auto dotted = parse_dotted(group);
            if (!dotted) return std::nullopt;
            bytes.insert(bytes.end(), dotted->begin(), dotted->end());
            return bytes;
        }
        if (group.empty() || group.size() > 4) return std::nullopt;
        unsigned value = 0;
        for (const char c : group) {
            const std::size_t digit = std::string_view("0123456789abcdef")
                                          .find(c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c);
            if (digit == std::string_view::npos) return std::nullopt;
            value = (value << 4U) | static_cast<unsigned>(digit);
        }
        bytes.push_back(static_cast<std::uint8_t>(value >> 8U));
        bytes.push_back(static_cast<std::uint8_t>(value & 0xFFU));
        if (end == std::string_view::npos) return bytes;
        text.remove_prefix(end + 1);
    }
}

std::optional<IpAddress> parse_colons(std::string_view text) {
    const std::size_t gap = text.find("::");
    const bool has_gap = gap != std::string_view::npos;
    const auto front = parse_groups(text.substr(0, gap));
    const auto back = has_gap ? parse_groups(text.substr(gap + 2)) : std::vector<std::uint8_t>();
    if (!front || !back) return std::nullopt;
    const std::size_t count = front->size() + back->size();
    // A gap stands for one group at least; dots may not come before it.
    if (has_gap ? count > 14 : count != 16) return std::nullopt;
    if (has_gap && text.substr(0, gap).contains('.')) return std::nullopt;
    IpAddress address;
    address.size = 16;
    std::ranges::copy(*front, address.bytes.begin());
    std::ranges::copy(*back, address.bytes.end() - static_cast<std::ptrdiff_t>(back->size()));
    return address;
}

std::string render_dotted(const std::uint8_t* bytes) {
    std::string text;
    for (int i = 0; i < 4; ++i) {
        if (i > 0) text += '.';
        text += std::to_string(bytes[i]);
    }
    return text;
}

std::string hex_group(unsigned value) {
    std::string text;
    for (int shift = 12; shift >= 0; shift -= 4) {
        const unsigned digit = (value >> static_cast<unsigned>(shift)) & 0xFU;
        if (digit != 0 || !text.empty() || shift == 0) text += "0123456789abcdef"[digit];
    }
    return text;
}

/// Clears or sets the bits after the prefix.
IpAddress with_host_bits(IpAddress address, unsigned prefix, bool set) {
    for (std::size_t i = 0; i < address.size; ++i) {
        const unsigned start = static_cast<unsigned>(i) * 8;
        const unsigned kept = prefix <= start ? 0 : std::min(prefix - start, 8U);
        const auto host = static_cast<std::uint8_t>(0xFFU >> kept);
        address.bytes[i] =
            static_cast<std::uint8_t>(set ? address.bytes[i] | host : address.bytes[i] & ~host);
    }
    return address;
}

} // namespace

bool IpAddress::is_mapped() const {
    constexpr std::array<std::uint8_t, 12> prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    return size == 16 && std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

IpAddress IpAddress::unmapped() const {
    if (!is_mapped()) return *this;
    IpAddress short_one;
    std::copy_n(bytes.begin() + 12, 4, short_one.bytes.begin());
    return short_one;
}

std::optional<IpAddress> parse_ip(std::string_view text) {
    if (text.contains(':')) return parse_colons(text);
    const auto dotted = parse_dotted(text);
    if (!dotted) return std::nullopt;
    IpAddress address;
    std::ranges::copy(*dotted, address.bytes.begin());
    return address;
}

std::string render_ip(const IpAddress& given) {
    const IpAddress address = given.unmapped();
    if (address.size == 4) return render_dotted(address.bytes.data());
    // The longest run of two or more zero groups, the first of several, becomes "::".
    std::size_t run_at = 8;
    std::size_t run = 1;
    const auto group = [&](std::size_t i) {
        return (static_cast<unsigned>(address.bytes[2 * i]) << 8U) | address.bytes[(2 * i) + 1];
    };
    for (std::size_t i = 0; i < 8; ++i) {
        std::size_t end = i;
        while (end < 8 && group(end) == 0) ++end;
        if (end - i > run) {
            run = end - i;
            run_at = i;
        }
        if (end > i) i = end;
    }
    std::string text;
    for (std::size_t i = 0; i < 8; ++i) {
        if (i == run_at) {
            text += "::";
            i += run - 1;
            continue;
        }
        if (!text.empty() && !text.ends_with(':')) text += ':';
        text += hex_group(group(i));
    }
    return text;
}

bool IpNetwork::contains(const IpAddress& ip) const {
    const IpAddress own = address.unmapped();
    const IpAddress other = ip.unmapped();
    if (own.size != other.size) return false;
    const unsigned bits = address.size == own.size ? prefix : (prefix > 96 ? prefix - 96 : 0);
    return with_host_bits(own, bits, false) == with_host_bits(other, bits, false);
}

IpAddress IpNetwork::first() const {
    return with_host_bits(address, prefix, false);
}

IpAddress IpNetwork::last() const {
    return with_host_bits(address, prefix, true);
}

std::optional<IpNetwork> parse_network(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto address = parse_ip(text.substr(0, slash));
    const std::string_view digits = text.substr(slash + 1);
    if (!address || digits.empty() || digits.size() > 6) return std::nullopt;
    unsigned prefix = 0;
    for (const char c : digits) {
        if (!is_digit(c)) return std::nullopt;
        prefix = (prefix * 10) + static_cast<unsigned>(c - '0');
    }
    if (prefix > address->size * 8) return std::nullopt;
    return IpNetwork{*address, prefix};
}

std::string render_network(const IpNetwork& network) {
    const bool mapped = network.address.is_mapped() && network.prefix >= 96;
    return render_ip(network.address) + "/" + std::to_string(mapped ? network.prefix - 96 : network.prefix);
}

} // namespace redoubt::rego
