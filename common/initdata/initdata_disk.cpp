// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/initdata/initdata_disk.hpp"

#include "common/initdata/gzip.hpp"
#include "common/initdata/initdata.hpp"

namespace redoubt::initdata {

Result<std::string> make_disk(std::string_view toml) {
    if (toml.size() > k_max_toml)
        return fail(Code::resource_exhausted, "initdata: {} bytes, the most is {}", toml.size(), k_max_toml);
    RDT_TRY(const auto packed, compress(toml));
    std::string disk(k_disk_magic);
    for (unsigned shift = 0; shift < 64; shift += 8)
        disk += static_cast<char>((std::uint64_t{packed.size()} >> shift) & 0xFFU);
    disk += packed;
    disk.resize((disk.size() + k_sector - 1) / k_sector * k_sector, '\0');
    return disk;
}

Result<std::optional<std::size_t>> read_disk_header(std::string_view header) {
    if (header.size() < k_disk_header_size || !header.starts_with(k_disk_magic)) return std::nullopt;
    std::uint64_t size = 0;
    for (std::size_t i = k_disk_header_size; i > k_disk_magic.size(); --i)
        size = (size << 8U) | static_cast<unsigned char>(header[i - 1]);
    if (size == 0) return fail(Code::invalid_argument, "initdata disk: its stream has no bytes");
    if (size > k_max_disk - k_disk_header_size)
        return fail(Code::resource_exhausted, "initdata disk: a stream of {} bytes, the most is {}", size,
                    k_max_disk - k_disk_header_size);
    return size;
}

Result<std::string> read_disk(std::string_view disk) {
    RDT_TRY(const auto size, read_disk_header(disk));
    if (!size) return fail(Code::not_found, "initdata disk: does not begin with '{}'", k_disk_magic);
    const auto stream = disk.substr(k_disk_header_size);
    if (*size > stream.size())
        return fail(Code::invalid_argument, "initdata disk: a stream of {} bytes, where {} are there", *size,
                    stream.size());
    return decompress(stream.substr(0, *size), k_max_toml).transform_error(context("initdata disk"));
}

Result<std::string> read_delivered(std::string bytes) {
    if (bytes.starts_with(k_disk_magic)) return read_disk(bytes);
    if (auto text = read_annotation(bytes)) return text;
    return bytes;
}

} // namespace redoubt::initdata
