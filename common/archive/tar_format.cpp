// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/archive/tar_format.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <format>
#include <optional>

namespace redoubt::archive {
namespace {

struct UstarHeader {
    std::array<char, 100> name{};
    std::array<char, 8> mode{};
    std::array<char, 8> uid{};
    std::array<char, 8> gid{};
    std::array<char, 12> size{};
    std::array<char, 12> mtime{};
    std::array<char, 8> checksum{};
    char type = 0;
    std::array<char, 100> link{};
    std::array<char, 6> magic{'u', 's', 't', 'a', 'r', '\0'};
    std::array<char, 2> version{'0', '0'};
    std::array<char, 32> user{};
    std::array<char, 32> group{};
    std::array<char, 8> device_major{};
    std::array<char, 8> device_minor{};
    std::array<char, 155> prefix{};
    std::array<char, 12> padding{};
};
static_assert(sizeof(UstarHeader) == k_block);

constexpr std::uint64_t k_largest_octal = 077777777777; // eleven digits
constexpr std::uint64_t k_largest_id = 07777777;
constexpr std::uint32_t k_permissions = 07777;
constexpr std::uint32_t k_billion = 1'000'000'000;

template <std::size_t N>
void put_octal(std::array<char, N>& field, std::uint64_t value) {
    const auto text = std::format("{:0{}o}", value, N - 1);
    std::memcpy(field.data(), text.data(), std::min(text.size(), N - 1));
}

template <std::size_t N>
void put_text(std::array<char, N>& field, std::string_view text) {
    std::memcpy(field.data(), text.data(), std::min(text.size(), N));
}

std::string_view bytes_of(const UstarHeader& header) {
    return {reinterpret_cast<const char*>(&header), k_block};
}

/// With the checksum's field as spaces.
unsigned sum_of(UstarHeader header) {
    header.checksum.fill(' ');
    unsigned sum = 0;
    for (const char c : bytes_of(header)) sum += static_cast<unsigned char>(c);
    return sum;
}

char type_of(EntryKind kind) {
    switch (kind) {
    case EntryKind::file: return '0';
    case EntryKind::hard_link: return '1';
    case EntryKind::symbolic_link: return '2';
    case EntryKind::character_device: return '3';
    case EntryKind::block_device: return '4';
    case EntryKind::folder: return '5';
    case EntryKind::pipe: return '6';
    }
    return '0';
}

std::string render_header(const Entry& entry, char type) {
    UstarHeader header;
    put_text(header.name, entry.path);
    header.type = type;
    put_octal(header.mode, entry.mode & k_permissions);
    put_octal(header.uid, std::min<std::uint64_t>(entry.uid, k_largest_id));
    put_octal(header.gid, std::min<std::uint64_t>(entry.gid, k_largest_id));
    put_octal(header.size, std::min(entry.size_bytes, k_largest_octal));
    put_octal(header.mtime, static_cast<std::uint64_t>(std::clamp<std::int64_t>(
                                entry.mtime_seconds, 0, static_cast<std::int64_t>(k_largest_octal))));
    put_text(header.link, entry.link);
    put_octal(header.device_major, std::min<std::uint64_t>(entry.device_major, k_largest_id));
    put_octal(header.device_minor, std::min<std::uint64_t>(entry.device_minor, k_largest_id));
    put_octal(header.checksum, sum_of(header));
    return std::string(bytes_of(header));
}

/// "LENGTH KEY=VALUE\n"; the length counts its own digits.
std::string pax_record(std::string_view key, std::string_view value) {
    const std::size_t rest = key.size() + value.size() + 3;
    std::size_t length = rest + 1;
    while (std::to_string(length).size() + rest != length) length = std::to_string(length).size() + rest;
    return std::format("{} {}={}\n", length, key, value);
}

std::string pax_records(const Entry& entry) {
    std::string records;
    if (entry.path.size() > sizeof UstarHeader::name) records += pax_record("path", entry.path);
    if (entry.link.size() > sizeof UstarHeader::link) records += pax_record("linkpath", entry.link);
    if (entry.size_bytes > k_largest_octal) records += pax_record("size", std::to_string(entry.size_bytes));
    if (entry.uid > k_largest_id) records += pax_record("uid", std::to_string(entry.uid));
    if (entry.gid > k_largest_id) records += pax_record("gid", std::to_string(entry.gid));
    const bool fits = entry.mtime_nanoseconds == 0 && entry.mtime_seconds >= 0 &&
                      entry.mtime_seconds <= static_cast<std::int64_t>(k_largest_octal);
    if (fits) return records;
    // A time before 1970 counts its part of a second from below: -1 + 0.25 is -0.75.
    if (entry.mtime_seconds < 0 && entry.mtime_nanoseconds > 0)
        return records + pax_record("mtime", std::format("-{}.{:09}", -(entry.mtime_seconds + 1),
                                                         k_billion - entry.mtime_nanoseconds));
    return records +
           pax_record("mtime", std::format("{}.{:09}", entry.mtime_seconds, entry.mtime_nanoseconds));
}

template <std::size_t N>
std::string text_of(const std::array<char, N>& field) {
    return {field.data(), ::strnlen(field.data(), N)};
}

/// Octal digits, or GNU's base 256, which begins with a set bit.
template <std::size_t N>
std::optional<std::uint64_t> number_of(const std::array<char, N>& field) {
    std::uint64_t value = 0;
    if ((static_cast<unsigned char>(field[0]) & 0x80U) != 0) {
        for (std::size_t i = 1; i < N; ++i) {
            if (value >> 55U != 0) return std::nullopt;
            value = value << 8U | static_cast<unsigned char>(field[i]);
        }
        return value;
    }
    std::size_t at = 0;
    while (at < N && field[at] == ' ') ++at;
    for (; at < N && field[at] != ' ' && field[at] != '\0'; ++at) {
        if (field[at] < '0' || field[at] > '7') return std::nullopt;
        value = value << 3U | static_cast<unsigned>(field[at] - '0');
    }
    return value;
}

std::optional<EntryKind> kind_of(char type) {
    switch (type) {
    case '0':
    case '\0':
    case '7': return EntryKind::file;
    case '1': return EntryKind::hard_link;
    case '2': return EntryKind::symbolic_link;
    case '3': return EntryKind::character_device;
    case '4': return EntryKind::block_device;
    case '5': return EntryKind::folder;
    case '6': return EntryKind::pipe;
    default: return std::nullopt;
    }
}

bool is_extension(char type) {
    return type == 'x' || type == 'g' || type == 'L' || type == 'K';
}

} // namespace

std::string render_entry(const Entry& entry) {
    std::string out;
    if (const auto records = pax_records(entry); !records.empty()) {
        const Entry extension{.path = "pax", .size_bytes = records.size(), .mode = 0644};
        out = render_header(extension, 'x') + records + std::string(padding_of(records.size()), '\0');
    }
    Entry plain = entry;
    if (entry.kind != EntryKind::file) plain.size_bytes = 0;
    return out + render_header(plain, type_of(entry.kind));
}

std::size_t padding_of(std::uint64_t size_bytes) {
    return static_cast<std::size_t>((k_block - size_bytes % k_block) % k_block);
}

std::string render_end() {
    std::string zeros;
    zeros.resize(2 * k_block);
    return zeros;
}

Result<RawHeader> parse_header(std::string_view block) {
    UstarHeader header;
    std::memcpy(&header, block.data(), k_block);
    const auto sum = number_of(header.checksum);
    if (!sum || *sum != sum_of(header))
        return fail(Code::invalid_argument, "not a tar archive: a header's checksum is wrong");
    const auto size = number_of(header.size);
    const auto mode = number_of(header.mode);
    const auto uid = number_of(header.uid);
    const auto gid = number_of(header.gid);
    const auto mtime = number_of(header.mtime);
    if (!size || !mode || !uid || !gid || !mtime)
        return fail(Code::invalid_argument, "not a tar archive: a header's number is none");
    RawHeader raw;
    raw.type = header.type;
    auto& entry = raw.entry;
    entry.path = text_of(header.name);
    const bool is_ustar = std::string_view(header.magic.data(), 5) == "ustar" && header.magic[5] == '\0';
    if (is_ustar && header.prefix[0] != '\0') entry.path = text_of(header.prefix) + "/" + entry.path;
    entry.link = text_of(header.link);
    entry.size_bytes = *size;
    entry.mode = static_cast<std::uint32_t>(*mode) & k_permissions;
    entry.uid = static_cast<std::uint32_t>(*uid);
    entry.gid = static_cast<std::uint32_t>(*gid);
    entry.mtime_seconds = static_cast<std::int64_t>(*mtime);
    if (is_extension(raw.type)) return raw;
    const auto kind = kind_of(raw.type);
    if (!kind)
        return fail(Code::unimplemented, "entry '{}': of type '{}', which is not copied", entry.path,
                    raw.type >= ' ' && raw.type < 0x7f ? raw.type : '?');
    entry.kind = *kind;
    // Before ustar, a folder was a file whose name ends so.
    if (entry.kind == EntryKind::file && entry.path.ends_with('/')) entry.kind = EntryKind::folder;
    if (entry.kind != EntryKind::file) entry.size_bytes = 0;
    entry.device_major = static_cast<std::uint32_t>(number_of(header.device_major).value_or(0));
    entry.device_minor = static_cast<std::uint32_t>(number_of(header.device_minor).value_or(0));
    return raw;
}

} // namespace redoubt::archive
