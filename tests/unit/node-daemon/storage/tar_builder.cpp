// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "tests/unit/node-daemon/storage/tar_builder.hpp"

#include <cstdlib>
#include <cstring>
#include <format>

#include <zlib.h>
#include <zstd.h>

namespace redoubt::node::storage::test {
namespace {

constexpr std::size_t k_block = 512;

void put(std::string& header, std::size_t at, std::string_view text) {
    header.replace(at, text.size(), text);
}

void put_checksum(std::string& header) {
    put(header, 148, "        ");
    unsigned sum = 0;
    for (const char c : header) sum += static_cast<unsigned char>(c);
    put(header, 148, std::format("{:06o}", sum) + std::string("\0 ", 2));
}

// Offsets: POSIX.1-2017, pax, "ustar Interchange Format".
std::string header_of(const TarItem& item, std::uint64_t size) {
    std::string header(k_block, '\0');
    put(header, 0, std::string_view(item.path).substr(0, 100));
    put(header, 100, std::format("{:07o}", item.mode));
    put(header, 108, std::format("{:07o}", item.uid));
    put(header, 116, std::format("{:07o}", item.gid));
    put(header, 124, std::format("{:011o}", size));
    put(header, 136, std::format("{:011o}", item.mtime));
    header[156] = item.type;
    put(header, 157, std::string_view(item.link).substr(0, 100));
    put(header, 257, std::string_view("ustar\00000", 8));
    put(header, 329, std::format("{:07o}", item.major));
    put(header, 337, std::format("{:07o}", item.minor));
    put_checksum(header);
    return header;
}

std::string padded(std::string bytes) {
    bytes.resize((bytes.size() + k_block - 1) / k_block * k_block);
    return bytes;
}

std::string record(std::string_view key, std::string_view value) {
    auto length = key.size() + value.size() + 3;
    const auto rest = length;
    while (std::to_string(length).size() + rest != length) ++length;
    return std::to_string(length) + " " + std::string(key) + "=" + std::string(value) + "\n";
}

} // namespace

std::string tar_of(const std::vector<TarItem>& items) {
    std::string tar;
    for (const auto& item : items) {
        std::string records;
        if (item.path.size() > 100) records += record("path", item.path);
        if (item.link.size() > 100) records += record("linkpath", item.link);
        for (const auto& [key, value] : item.pax) records += record(key, value);
        if (!records.empty())
            tar += header_of({.path = "PaxHeader", .type = 'x'}, records.size()) + padded(records);
        tar += header_of(item, item.data.size()) + padded(item.data);
    }
    return tar + std::string(2 * k_block, '\0');
}

std::string gnu_sparse_tar(std::string_view path, std::uint64_t size) {
    auto header = header_of({.path = std::string(path), .type = 'S'}, 0);
    put(header, 257, std::string_view("ustar  \0", 8));
    header.replace(345, 167, std::string(167, '\0'));
    const auto octal = std::format("{:012o}", size);
    put(header, 386, octal);                // the one fragment: nothing, at the end
    put(header, 398, std::string(11, '0')); // its length
    put(header, 483, octal);                // the real size
    put_checksum(header);
    return header + std::string(2 * k_block, '\0');
}

std::string noise(std::size_t size) {
    std::string bytes(size, '\0');
    std::uint64_t state = 42;
    for (char& byte : bytes) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL; // Knuth's MMIX generator
        byte = static_cast<char>(state >> 56U);
    }
    return bytes;
}

std::string gzip(std::string_view bytes) {
    z_stream stream{};
    if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) std::abort();
    std::string out(deflateBound(&stream, bytes.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END) std::abort();
    out.resize(out.size() - stream.avail_out);
    deflateEnd(&stream);
    return out;
}

std::string zstd(std::string_view bytes) {
    std::string out(ZSTD_compressBound(bytes.size()), '\0');
    const auto size = ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3);
    if (ZSTD_isError(size) != 0) std::abort();
    out.resize(size);
    return out;
}

std::vector<TarItem> sample_layer() {
    // struct vfs_cap_data, revision 2: cap_net_bind_service, permitted and effective. Source:
    // linux/capability.h.
    const std::string capability("\x01\0\0\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
    const std::string long_name = "long/" + std::string(150, 'n') + "\xc3\xa4" + std::string(50, 'n');
    std::string text;
    for (int line = 0; line < 5000; ++line)
        text += std::format("line {} of a file that compresses well\n", line);
    return {
        {.path = "./", .type = '5', .mode = 0755, .mtime = 1'700'000'000},
        {.path = "./bin/", .type = '5', .mode = 0755, .mtime = 1'700'000'001},
        {.path = "./bin/tool",
         .data = noise(70'000),
         .mode = 04755,
         .mtime = 1'700'000'002,
         .pax = {{"mtime", "1700000002.5"}, {"SCHILY.xattr.security.capability", capability}}},
        {.path = "./bin/alias", .type = '1', .link = "./bin/tool"},
        {.path = "./bin/short", .type = '2', .link = "tool", .mode = 0777, .mtime = 1'700'000'003},
        {.path = "./text",
         .data = text,
         .mode = 0640,
         .uid = 1000,
         .gid = 100,
         .mtime = 1'700'000'004,
         .pax = {{"SCHILY.xattr.user.note", "a=b"}, {"SCHILY.xattr.security.selinux", "label"}}},
        {.path = "./empty", .mode = 0600, .pax = {{"uid", "4000000000"}, {"gid", "4000000001"}}},
        {.path = "./tmp", .type = '5', .mode = 01777},
        {.path = "./pipe", .type = '6', .mode = 0622},
        {.path = "./dev", .type = '5', .mode = 0755},
        {.path = "./dev/null", .type = '3', .mode = 0666, .major = 1, .minor = 3},
        {.path = "./twice", .data = "old"},
        {.path = "./implied/by/file", .data = "x"},
        {.path = long_name, .data = "long"},
        {.path = "./\xc3\xa4\xff", .data = "bytes, not text"},
        {.path = "./hidden/.wh.gone"},
        {.path = "./hidden/", .type = '5', .mode = 0750},
        {.path = "./opaque/", .type = '5', .mode = 0755},
        {.path = "./opaque/.wh..wh..opq"},
        {.path = "./twice", .data = "new"},
    };
}

} // namespace redoubt::node::storage::test
