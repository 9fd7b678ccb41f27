// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/storage/tar_writer.hpp"

#include <array>
#include <cstring>

namespace redoubt::node::storage {
namespace {

constexpr std::size_t k_block = 512;

/// POSIX ustar header. Source: POSIX.1-2017, pax, "ustar Interchange Format".
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

template <std::size_t N>
void put_octal(std::array<char, N>& field, std::uint64_t value) {
    const auto text = std::format("{:0{}o}", value, N - 1);
    std::memcpy(field.data(), text.data(), std::min(text.size(), N - 1));
}

std::string_view bytes_of(const UstarHeader& header) {
    return {reinterpret_cast<const char*>(&header), k_block};
}

std::string header_of(std::string_view name, char type, std::uint64_t size, std::uint32_t mode) {
    UstarHeader header;
    std::memcpy(header.name.data(), name.data(), name.size());
    header.type = type;
    put_octal(header.mode, mode);
    put_octal(header.uid, 0);
    put_octal(header.gid, 0);
    put_octal(header.size, size);
    put_octal(header.mtime, 0);
    put_octal(header.device_major, 0);
    put_octal(header.device_minor, 0);
    header.checksum.fill(' ');
    unsigned sum = 0;
    for (const char c : bytes_of(header)) sum += static_cast<unsigned char>(c);
    put_octal(header.checksum, sum);
    return std::string(bytes_of(header));
}

std::string padding_for(std::uint64_t size) {
    return std::string((k_block - size % k_block) % k_block, '\0');
}

/// "LENGTH key=value\n", where LENGTH counts itself.
std::string pax_record(std::string_view key, std::string_view value) {
    const auto rest = std::format(" {}=", key).size() + value.size() + 1;
    auto length = rest + 1;
    while (std::to_string(length).size() + rest != length) ++length;
    return std::format("{} {}={}\n", length, key, value);
}

char type_of(oci::EntryKind kind) {
    switch (kind) {
    case oci::EntryKind::file: return '0';
    case oci::EntryKind::hard_link: return '1';
    case oci::EntryKind::symlink: return '2';
    case oci::EntryKind::character_device: return '3';
    case oci::EntryKind::block_device: return '4';
    case oci::EntryKind::directory: return '5';
    case oci::EntryKind::fifo: return '6';
    case oci::EntryKind::other: break;
    }
    return '0';
}

std::string pax_records_of(const oci::LayerEntry& entry) {
    std::string records = pax_record("path", entry.path);
    if (!entry.link.empty()) records += pax_record("linkpath", entry.link);
    records += pax_record("size", std::to_string(entry.size));
    records += pax_record("uid", std::to_string(entry.uid));
    records += pax_record("gid", std::to_string(entry.gid));
    records += pax_record("mtime", std::format("{}.{:09}", entry.mtime_seconds, entry.mtime_nanoseconds));
    for (const auto& [name, value] : entry.xattrs) records += pax_record("SCHILY.xattr." + name, value);
    return records;
}

} // namespace

Status TarWriter::begin(const oci::LayerEntry& entry) {
    const auto records = pax_records_of(entry);
    written_ = 0;
    // The name in the ustar header only has to be there: the pax header overrides it.
    std::string text = header_of("x", 'x', records.size(), 0644) + records + padding_for(records.size());
    const auto size = entry.size < (8ULL << 30U) ? entry.size : 0;
    text += header_of("e", type_of(entry.kind), size, entry.mode);
    return sink_(text);
}

Status TarWriter::write_data(std::string_view bytes) {
    written_ += bytes.size();
    return sink_(bytes);
}

Status TarWriter::end_data() {
    return written_ % k_block == 0 ? Status() : sink_(padding_for(written_));
}

Status TarWriter::finish() {
    return sink_(std::string(2 * k_block, '\0'));
}

} // namespace redoubt::node::storage
